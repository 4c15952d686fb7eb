export interface Throttle {
  /** Does the work soon, in a task of its own. */
  request(): void;
  /** Cancels the request. */
  stop(): void;
}

/** Does some work on request, at most every `ms`. It does not keep the process alive. */
export function createThrottle(ms: number, work: () => void): Throttle {
  let last = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | null = null;
  return {
    request() {
      timer ??= setTimeout(
        () => {
          timer = null;
          last = performance.now();
          work();
        },
        Math.max(0, last + ms - performance.now()),
      ).unref();
    },
    stop() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
