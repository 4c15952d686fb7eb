import { type Dispatch, useLayoutEffect, useRef } from 'react';
import type { Viewport } from '../state/place.js';
import type { Action } from '../state/reducer.js';

/**
 * Keeps the end of a growing text in sight until the person scrolls away from it.
 * @param key of the text; null where none grows
 */
export function useFollowEnd(key: string | null, { count, height }: Viewport, dispatch: Dispatch<Action>): void {
  const last = useRef<{ key: string; viewport: Viewport } | null>(null);
  useLayoutEffect(() => {
    const viewport = { count, height };
    if (key !== null)
      dispatch({ type: 'grew', from: last.current?.key === key ? last.current.viewport : null, to: viewport });
    last.current = key === null ? null : { key, viewport };
  }, [key, count, height, dispatch]);
}
