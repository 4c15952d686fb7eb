/** 60 frames a second. */
const FRAME_MS = 16;

/** How long an unfinished update of the child may delay a frame. */
const UPDATE_TIMEOUT_MS = 150;

export interface FrameClock {
  /** Something has changed. It is painted at once, or when the last frame is old enough. */
  request(): void;
  /** The child's screen is whole right now. */
  wholeFrame(): void;
  stop(): void;
}

/** @param isUpdating the child is in the middle of a synchronized update */
export function createFrameClock(paint: () => void, isUpdating: () => boolean): FrameClock {
  let lastPaint = Number.NEGATIVE_INFINITY;
  /** Null when no tick is scheduled. */
  let cancelTick: (() => void) | null = null;
  /** When an update of the child began to delay a frame. */
  let heldSince: number | null = null;
  let stopped = false;

  function tickIn(ms: number): void {
    cancelTick?.();
    if (ms > 0) {
      const timer = setTimeout(tick, ms);
      cancelTick = () => clearTimeout(timer);
    } else {
      // A timer would add at least a millisecond to the echo of every key.
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
