import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';

/** Shorter work shows no line. */
const DELAY_MS = 300;
const INTERVAL_MS = 100;

export interface Progress {
  /** @param more appended to the line */
  show(done: number, more?: string): void;
  /** Removes the line. */
  end(): void;
}

/** A progress line on stderr, on a terminal only. Written with write(2) for the reason given in stderr.ts. */
export function createProgress(what: string, total: number, terminal = isatty(2)): Progress {
  let next = Date.now() + DELAY_MS;
  let shown = false;

  return {
    show(done, more = '') {
      if (!terminal || Date.now() < next) return;
      next = Date.now() + INTERVAL_MS;
      shown = true;
      draw(`\r${what}: ${done} of ${total} (${Math.floor((done / total) * 100)} %)${more}\x1b[K`);
    },
    end() {
      if (shown) draw('\r\x1b[K');
    },
  };
}

function draw(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // The terminal is gone or busy. The work goes on.
  }
}
