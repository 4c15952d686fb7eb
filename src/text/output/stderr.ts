import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { codeOf } from '../../base/error-text.js';
import { escapeUnsafe } from '../text.js';

let isPrinting = true;

/** The terminal behind stderr takes nothing any more: whoever writes to it waits for ever. */
export function stopPrinting(): void {
  if (isatty(2)) isPrinting = false;
}

/**
 * Writes a line to stderr with a plain write(2). `process.stderr` would do more than print: opening the stream can switch
 * the shared file description to non-blocking, and the child that inherited it would meet EAGAIN.
 */
export function printError(line: string): void {
  write(`${escapeUnsafe(line)}\n`);
}

/** A line of ours on a terminal in place of the one that was drawn before. */
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
      // A full pipe that somebody made non-blocking: try again. Anything else (closed stderr): there is nobody to tell.
      if (codeOf(error) !== 'EAGAIN') return;
    }
  }
}

/** A line of ours among the child's output: says who speaks. */
export function notify(sentence: string): void {
  printError(`claude-trace: ${sentence}`);
}
