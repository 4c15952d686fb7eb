export interface CacheTimes {
  /** A document older than this is loaded again before it is used. */
  maxAgeMs: number;
  /** How long an old document is used when it cannot be loaded again. */
  maxStaleMs: number;
  /** Time between two attempts to load. */
  cooldownMs: number;
}

export interface CachedDocument<T> {
  /** @throws the error of `load`, if no usable document is left */
  get(): Promise<T>;
  /** Loads it again, unless that was tried within the cooldown. @returns whether it was loaded */
  renew(): Promise<boolean>;
}

/**
 * A document of another server that is loaded when it is needed, by one request at a time. From half of its age on it is loaded
 * again while the old one is used.
 */
export function cachedDocument<T>(
  load: () => Promise<T>,
  { maxAgeMs, maxStaleMs, cooldownMs }: CacheTimes,
): CachedDocument<T> {
  let kept: { document: T; at: number } | null = null;
  let tried = Number.NEGATIVE_INFINITY;
  let failure: unknown = null;
  let loading: Promise<boolean> | null = null;

  function renew(): Promise<boolean> {
    if (loading !== null) return loading;
    if (performance.now() - tried < cooldownMs) return Promise.resolve(false);
    tried = performance.now();
    loading = loadNow().finally(() => {
      loading = null;
    });
    return loading;
  }

  async function loadNow(): Promise<boolean> {
    const at = performance.now();
    try {
      kept = { document: await load(), at };
      failure = null;
      return true;
    } catch (error) {
      failure = error;
      return false;
    }
  }

  return {
    async get() {
      const age = kept === null ? Number.POSITIVE_INFINITY : performance.now() - kept.at;
      // After a failure nobody waits, as long as the old document may be used.
      if (age > maxAgeMs && (kept === null || failure === null)) await renew();
      else if (age > maxAgeMs / 2) void renew();
      if (kept !== null && performance.now() - kept.at < maxAgeMs + maxStaleMs) return kept.document;
      throw failure;
    },
    renew,
  };
}
