import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { explainError } from '../../../text/store-error.js';

/** Something that is slow to read. */
export interface Deferred<Value> {
  /** Null until it was read, and where there is nothing to read. */
  value: Value | null;
  reading: boolean;
  error: string | null;
}

/** The frame that answers a key comes first, and a key that is held down does not read every row it passes. */
export const AFTER_FRAME_MS = 20;
/** What is on the screen is not read again sooner. */
const REFRESH_MS = 1_000;

interface Read<Value> {
  key: string | null;
  value: Value | null;
  error: string | null;
}

/**
 * Reads after the frame, so that no key waits for it. A new `version` of the same key is read later; the old value
 * stays until then.
 * @param key identifies what is read; null for nothing
 */
export function useDeferred<Value>(key: string | null, version: number, read: () => Value | null): Deferred<Value> {
  const [done, setDone] = useState<Read<Value>>({ key: null, value: null, error: null });
  const latest = useRef({ key, read });
  latest.current = { key, read };
  const timer = useRef<NodeJS.Timeout | null>(null);

  const cancel = useCallback(() => {
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = null;
  }, []);

  const schedule = useCallback((ms: number) => {
    timer.current = setTimeout(() => {
      timer.current = null;
      const { key: asked, read: question } = latest.current;
      if (asked === null) return;
      try {
        setDone({ key: asked, value: question(), error: null });
      } catch (error) {
        setDone({ key: asked, value: null, error: explainError(error) });
      }
    }, ms);
  }, []);

  useEffect(() => {
    if (key !== null) schedule(AFTER_FRAME_MS);
    return cancel;
  }, [key, schedule, cancel]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version is a reason to read, whatever it is
  useEffect(() => {
    if (key !== null && timer.current === null) schedule(REFRESH_MS);
  }, [key, version, schedule]);

  return useMemo(() => {
    const isCurrent = done.key === key;
    return {
      value: isCurrent ? done.value : null,
      reading: key !== null && !isCurrent,
      error: isCurrent ? done.error : null,
    };
  }, [done, key]);
}
