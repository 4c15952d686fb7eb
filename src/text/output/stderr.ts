import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { codeOf } from '../../base/error-text.js';
import { escapeUnsafe } from '../text.js';

let isPrinting = true;

/** For a terminal that takes nothing any more: a write to it would never return. */
export function stopPrinting(): void {
  if (isatty(2)) isPrinting = false;
}

/**
 * Writes a line to stderr with write(2). Opening `process.stderr` can switch the shared file description to
 * non-blocking, and the child that inherited it would get EAGAIN.
 */
export function printError(line: string): void {
  write(`${escapeUnsafe(line)}\n`);
}

/** Replaces the line that was drawn before on a terminal. */
export function drawLine(text: string): void {
  write(`\r${escapeUnsafe(text)}\x1b[K`);
}

function write(text: string): void {
  if (!isPrinting) return;
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(2, bytes, written);
    } catch (error) {
      // EAGAIN: a full pipe that was made non-blocking. Any other error, such as a closed stderr, cannot be reported.
      if (codeOf(error) !== 'EAGAIN') return;
    }
  }
}

/** A line among the output of the child. */
export function notify(sentence: string): void {
  printError(`claude-trace: ${sentence}`);
}
