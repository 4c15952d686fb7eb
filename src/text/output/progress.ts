import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';

/** Work that is over sooner says nothing. */
const PATIENCE_MS = 300;
const INTERVAL_MS = 100;

export interface Progress {
  /** @param more what else is known of it by now */
  show(done: number, more?: string): void;
  /** Takes the line away. */
  end(): void;
}

/**
 * A line on stderr that tells how far a long work is, on a terminal only. Written with write(2), as everything of ours on
 * stderr (stderr.ts).
 */
export function createProgress(what: string, total: number, terminal = isatty(2)): Progress {
  let next = Date.now() + PATIENCE_MS;
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
    // A terminal that went away, or is busy: the work is what counts.
  }
}
