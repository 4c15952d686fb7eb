import { isatty } from 'node:tty';
import { drawLine, notify } from '../text/output/stderr.js';

/** A shorter wait needs no explanation. */
const PATIENCE_MS = 1_500;
/** Outside a terminal, lines cannot be replaced. */
const LINE_EVERY_MS = 5_000;

/** Shows at the end of a run that requests are still being stored. */
export interface LastRequests {
  /** @param exchanges the number that are not stored yet */
  unstored(exchanges: number): void;
  /** @returns whether to stop: the first Ctrl-C only shows the line, any other signal ends the wait */
  stopsAt(signal: NodeJS.Signals): boolean;
  /** Removes the line: nothing is stored any more. */
  end(): void;
}

/** @param output tests replace it */
export function createLastRequests(
  isQuiet: boolean,
  isTerminal = isatty(2),
  output = { drawLine, notify },
): LastRequests {
  let nextAt = Number.POSITIVE_INFINITY;
  let left = 0;
  let isAsked = false;
  let isDrawn = false;

  function show(): void {
    const hint = isAsked ? 'Ctrl-C again to stop without them' : 'Ctrl-C twice to stop without them';
    const text = `storing the last ${left} requests … (${hint})`;
    isDrawn = isTerminal;
    if (isTerminal) output.drawLine(`claude-trace: ${text}`);
    else output.notify(text);
  }

  return {
    unstored(exchanges) {
      left = exchanges;
      if (nextAt === Number.POSITIVE_INFINITY) nextAt = Date.now() + PATIENCE_MS;
      if (isQuiet || left === 0 || Date.now() < nextAt) return;
      if (!isTerminal) nextAt = Date.now() + LINE_EVERY_MS;
      show();
    },
    stopsAt(signal) {
      if (signal !== 'SIGINT' || isAsked) return true;
      isAsked = true;
      nextAt = Date.now();
      if (left > 0) show();
      return false;
    },
    end() {
      left = 0;
      if (isDrawn) output.drawLine('');
      isDrawn = false;
    },
  };
}
