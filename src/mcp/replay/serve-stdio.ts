import type { Readable, Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { describeError } from '../../base/error-text.js';
import { messagesIn } from '../messages/read-messages.js';
import { lineWriter, readLines } from '../stdio-lines.js';
import { ReplayConnection, type ReplayOptions } from './connection.js';
import type { Recording } from './recording.js';

export interface StdioOptions extends Pick<ReplayOptions, 'speed' | 'gate' | 'note'> {
  input: Readable;
  output: Writable;
  /** Index of the tape that is played, asked for once a client does more than find out the era of the server. Default: 0. */
  tape?(): number;
}

/** The client sends nothing more, and may have stopped reading. */
const LAST_ANSWERS_MS = 1_000;

/** Plays a server on stdin and stdout. Resolves when the input has ended. */
export async function serveStdio(recording: Recording, options: StdioOptions): Promise<void> {
  const { input, output, speed, gate, note, tape = () => 0 } = options;
  const open = new Set<Promise<void>>();
  const send = lineWriter(output);
  const connect = (index: number) => {
    const connection = new ReplayConnection(recording, { tape: index, speed, gate, note, send, hasLines: true });
    void connection.open();
    return connection;
  };
  let connection: ReplayConnection | null = null;
  let probed: ReplayConnection | null = null;
  await readLines(input, ({ bytes }) => {
    const line = Buffer.from(bytes);
    let receiver: ReplayConnection;
    if (connection === null && isProbe(line)) {
      probed ??= connect(0);
      receiver = probed;
    } else {
      connection ??= connect(tape());
      receiver = connection;
    }
    const work = receiver
      .receive(line, send)
      .catch((error: unknown) => note(`a request failed: ${describeError(error)}`))
      .finally(() => open.delete(work));
    open.add(work);
  });
  // Piped requests may be answered only when more of the tape has been read.
  const deadline = recording.whole.then(() => setTimeout(LAST_ANSWERS_MS, undefined, { ref: false }));
  await Promise.race([Promise.all(open), deadline]);
  for (const each of [connection, probed] as (ReplayConnection | null)[]) each?.close();
}

/** Clients may start a server only for this, and end it. */
function isProbe(line: Buffer): boolean {
  return messagesIn(line).every(({ method }) => method === 'server/discover');
}
