/** Longer than a busy machine takes to begin with an answer, mostly; once too often does no harm on an empty line. */
const AGAIN_MS = 3_000;

/**
 * Sends what was typed, as a person would: pressed again when nothing happens. On a busy machine Claude Code 2.0.30 drops an Enter
 * that comes right on the echo of the first text after its start.
 */
export async function pressEnter(press: () => void, untilTaken: () => Promise<void>): Promise<void> {
  press();
  const again = setInterval(press, AGAIN_MS);
  try {
    await untilTaken();
  } finally {
    clearInterval(again);
  }
}
