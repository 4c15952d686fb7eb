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
  let lastPaint = Number.NEGATIVE_INFINITY;
  /** Takes back the tick that is to come; null when none is. */
  let cancelTick: (() => void) | null = null;
  /** Since when an update of the child has held back a frame. */
  let heldSince: number | null = null;
  let stopped = false;

  function tickIn(ms: number): void {
    cancelTick?.();
    if (ms > 0) {
      const timer = setTimeout(tick, ms);
      cancelTick = () => clearTimeout(timer);
    } else {
      // A timer would take a millisecond at least, which adds to the echo of every key.
      const immediate = setImmediate(tick);
      cancelTick = () => clearImmediate(immediate);
    }
  }

  function tick(): void {
    cancelTick = null;
    const now = performance.now();
    if (isUpdating()) {
      heldSince ??= now;
      const left = heldSince + UPDATE_TIMEOUT_MS - now;
      if (left > 0) {
        tickIn(left);
        return;
      }
    }
    paintNow(now);
  }

  function paintNow(now: number): void {
    cancelTick?.();
    cancelTick = null;
    heldSince = null;
    lastPaint = now;
    paint();
  }

  return {
    request() {
      if (stopped) return;
      const waitsForUpdate = heldSince !== null && isUpdating();
      const waitsForFrame = heldSince === null && cancelTick !== null;
      if (!waitsForUpdate && !waitsForFrame) tickIn(lastPaint + FRAME_MS - performance.now());
    },
    wholeFrame() {
      if (stopped) return;
      heldSince = null;
      const now = performance.now();
      const left = lastPaint + FRAME_MS - now;
      if (left > 0) tickIn(left);
      else paintNow(now);
    },
    stop() {
      stopped = true;
      cancelTick?.();
    },
  };
}
