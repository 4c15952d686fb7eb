import type { Readable, Writable } from 'node:stream';
import { drained } from '../base/drained.js';
import type { Frame } from './messages/read-messages.js';
import { LineAssembler } from './socket/line-assembler.js';

const LINE_END = Buffer.from('\n');

/** Reads the lines of a client. Resolves when the input has ended, or the signal is aborted. */
export async function readLines(input: Readable, onLine: (line: Frame) => void, signal?: AbortSignal): Promise<void> {
  const lines = new LineAssembler('client', onLine);
  input.on('data', (chunk: Buffer) => lines.push(chunk, 0));
  await new Promise<void>((resolve) => {
    input.once('end', resolve);
    input.once('error', () => resolve());
    signal?.addEventListener('abort', () => resolve());
  });
  lines.end(0);
}

/** Writes messages of one line each. The promise resolves when the output can take more, or is gone. */
export function lineWriter(output: Writable): (message: Buffer) => Promise<void> {
  /** One for all messages that wait: many answers may be under way. */
  let room: Promise<void> | null = null;
  return async (message) => {
    // Together: another message must not come between a message and its line end.
    if (output.write(Buffer.concat([message, LINE_END]))) return;
    room ??= drained(output).finally(() => {
      room = null;
    });
    await room;
  };
}
