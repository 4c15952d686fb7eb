/** 60 frames a second: more nobody sees. */
const FRAME_MS = 16;

/** How long an update of the child that does not end may hold back what it has drawn so far. */
const UPDATE_TIMEOUT_MS = 150;

export interface FrameClock {
  /** Something has changed: it is painted at once, or when the last frame is old enough. */
  request(): void;
  /** The child's screen is whole right now, and may not be for long. */
  wholeFrame(): void;
  stop(): void;
}

/**
 * Says when to paint.
 * @param isUpdating the child is in the middle of a synchronized update
 */
export function createFrameClock(paint: () => void, isUpdating: () => boolean): FrameClock {
  let timer: NodeJS.Timeout | null = null;
  let lastPaint = Number.NEGATIVE_INFINITY;
  /** Since when an update of the child has held back a frame. */
  let heldSince: number | null = null;
  let stopped = false;

  function wait(ms: number): void {
    if (timer) clearTimeout(timer);
    timer = setTimeout(tick, Math.max(0, ms));
  }

  function tick(): void {
    timer = null;
    const now = performance.now();
    if (isUpdating()) {
      heldSince ??= now;
      const left = heldSince + UPDATE_TIMEOUT_MS - now;
      if (left > 0) {
        wait(left);
        return;
      }
    }
    paintNow(now);
  }

  function paintNow(now: number): void {
    if (timer) clearTimeout(timer);
    timer = null;
    heldSince = null;
    lastPaint = now;
    paint();
  }

  return {
    request() {
      if (stopped || (timer && heldSince === null)) return;
      if (heldSince !== null && isUpdating()) return;
      wait(lastPaint + FRAME_MS - performance.now());
    },
    wholeFrame() {
      if (stopped) return;
      heldSince = null;
      const now = performance.now();
      const left = lastPaint + FRAME_MS - now;
      if (left > 0) wait(left);
      else paintNow(now);
    },
    stop() {
      stopped = true;
      if (timer) clearTimeout(timer);
    },
  };
}
