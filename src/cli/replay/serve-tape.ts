import { exitCodeOf } from '../../base/errors.js';
import { openRecording, type Recording, type Speed, serveHttp, serveStdio } from '../../mcp/replay/index.js';
import { notify, printError } from '../../text/output/stderr.js';
import { explainError } from '../../text/store-error.js';
import { printableLine } from '../../text/text.js';
import { printLines } from '../output.js';
import { untilSignal } from '../until-signal.js';
import { withTapes } from './find-tapes.js';
import { openStepper, type Stepper } from './stepper.js';

export interface ServeOptions {
  /** Server to replay, of a session with several; null: the only one. */
  server: string | null;
  /** Null: on stdin and stdout. */
  port: number | null;
  speed: Speed;
  /** Each message waits for Enter. */
  isStepped: boolean;
}

/** Plays the server of a tape until its client is gone, or over HTTP until Ctrl-C. */
export async function serveTape(name: string, options: ServeOptions): Promise<void> {
  const stepper = options.isStepped ? openStepper() : null;
  try {
    // The tapes are read while they are played.
    await withTapes(name, options.server, async (tapes) => {
      const recording = await openRecording(tapes);
      recording.whole.catch((error: unknown) => {
        // The client, and messages that wait for their time, would keep the process alive.
        printError(`claude-trace: ${explainError(error)}`);
        process.exit(exitCodeOf(error));
      });
      await serve(recording, options, stepper?.gate);
      recording.close();
    });
  } finally {
    stepper?.close();
  }
  // A message may still wait for its time.
  process.exit();
}

async function serve(
  recording: Recording,
  { port, speed }: ServeOptions,
  gate: Stepper['gate'] | undefined,
): Promise<void> {
  const replay = { speed, gate, note: (text: string) => notify(printableLine(text)) };
  if (port === null) {
    // The client is gone: nobody can read an error.
    process.stdout.on('error', () => process.exit());
    return serveStdio(recording, { ...replay, input: process.stdin, output: process.stdout });
  }
  // Before the address is printed: a script that reads it may send the signal at once.
  const stopped = untilSignal();
  const server = await serveHttp(recording, { ...replay, port });
  const name = printableLine(recording.heads[0]?.server.name ?? '');
  notify(`The recorded server ${name} answers until Ctrl-C; for clients of 2024-11-05 it is at ${server.sseUrl}.`);
  await printLines([server.url]);
  await stopped;
  await server.close();
}
