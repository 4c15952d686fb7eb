export interface Throttle {
  /** Soon, in a task of its own. */
  request(): void;
  /** What was requested is not done. */
  stop(): void;
}

/** Does something when it is requested, and never more often than every `ms`. Keeps no process alive. */
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
