const FIRST_SCREEN_BYTES = 512;
const AFTER_FIRST_SCREEN_MS = 100;
/** For commands that write little. */
const MAX_WAIT_MS = 800;

export interface FirstScreen {
  /** The command has written this many bytes. */
  wrote(bytes: number): void;
  /** Ends the wait. */
  stop(): void;
}

/** Calls `onDrawn` when a command that starts now has drawn its first screen, or had enough time for it. */
export function awaitFirstScreen(onDrawn: () => void): FirstScreen {
  let timer = setTimeout(onDrawn, MAX_WAIT_MS);
  let missing = FIRST_SCREEN_BYTES;
  return {
    wrote(bytes) {
      if (missing <= 0) return;
      missing -= bytes;
      if (missing > 0) return;
      clearTimeout(timer);
      timer = setTimeout(onDrawn, AFTER_FIRST_SCREEN_MS);
    },
    stop: () => clearTimeout(timer),
  };
}
