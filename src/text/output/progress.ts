import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { formatDuration } from '../units.js';

/** Shorter work shows no line. */
const DELAY_MS = 300;
const INTERVAL_MS = 100;
/** A rate over less time jumps. */
const RATE_AFTER_MS = 1_000;

export interface Progress {
  /** @param more appended to the line */
  show(done: number, more?: string): void;
  /** Removes the line. */
  end(): void;
}

interface Options {
  /** Whether stderr is a terminal. */
  isTerminal?: boolean;
  draw?: (text: string) => void;
}

/**
 * A progress line on stderr, on a terminal only, with the rate and the time left at that rate. Written with write(2) for the
 * reason given in stderr.ts.
 * @param total an estimate; 0 where it is not known
 */
export function createProgress(
  what: string,
  total: number,
  { isTerminal = isatty(2), draw = drawOnStderr }: Options = {},
): Progress {
  const begun = Date.now();
  let next = begun + DELAY_MS;
  let shown = false;
  /** Draws what came too early, if nothing follows. */
  let later: NodeJS.Timeout | undefined;

  const show = (done: number, more = ''): void => {
    if (!isTerminal) return;
    const now = Date.now();
    clearTimeout(later);
    if (now < next) {
      later = setTimeout(show, next - now, done, more).unref();
      return;
    }
    next = now + INTERVAL_MS;
    shown = true;
    draw(`\r${what}: ${describeDone(done, total)}${describeSpeed(done, total, now - begun)}${more}\x1b[K`);
  };
  return {
    show,
    end() {
      clearTimeout(later);
      if (shown) draw('\r\x1b[K');
      shown = false;
    },
  };
}

function describeDone(done: number, total: number): string {
  return done > total ? String(done) : `${done} of ${total} (${Math.floor((done / Math.max(1, total)) * 100)} %)`;
}

function describeSpeed(done: number, total: number, ms: number): string {
  if (done === 0 || ms < RATE_AFTER_MS) return '';
  const perSecond = (done / ms) * 1_000;
  const rate = `, ${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)}/s`;
  return done < total ? `${rate}, ${formatDuration(((total - done) / perSecond) * 1_000)} left` : rate;
}

function drawOnStderr(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // The terminal is gone or busy. The work goes on.
  }
}
