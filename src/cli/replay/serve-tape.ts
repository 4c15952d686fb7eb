import { describeError } from '../../base/error-text.js';
import { UserError } from '../../base/errors.js';
import { readRecording, type Speed, serveHttp, serveStdio } from '../../mcp/replay/index.js';
import { notify } from '../../text/output/stderr.js';
import { printableLine } from '../../text/text.js';
import { printLines } from '../output.js';
import { untilSignal } from '../until-signal.js';
import { withTapes } from './find-tapes.js';
import { openStepper } from './stepper.js';

export interface ServeOptions {
  /** Of a session with several; null: the only one. */
  server: string | null;
  /** Null: on stdin and stdout. */
  port: number | null;
  speed: Speed;
  /** Each message waits for Enter. */
  isStepped: boolean;
}

/** Plays the server of a tape until its client is gone, or over HTTP until Ctrl-C. */
export async function serveTape(name: string, options: ServeOptions): Promise<void> {
  const { server: serverName, port, speed, isStepped } = options;
  const stepper = isStepped ? openStepper() : null;
  const recording = await withTapes(name, serverName, (tapes) => readRecording(tapes));
  const replay = { speed, gate: stepper?.gate, note: (text: string) => notify(printableLine(text)) };
  if (port === null) {
    // The client is gone: nobody can read an error.
    process.stdout.on('error', () => process.exit());
    await serveStdio(recording, { ...replay, input: process.stdin, output: process.stdout });
  } else {
    // Before the address is printed: a script that reads it may send the signal at once.
    const stopped = untilSignal();
    const server = await serveHttp(recording, { ...replay, port }).catch((error: unknown) => {
      stepper?.close();
      const reason = describeError(error);
      throw new UserError(`The server cannot listen on 127.0.0.1:${port} (${reason}); choose another port.`);
    });
    notify(`the recorded server ${printableLine(recording.heads[0]?.server.name ?? '')} answers until Ctrl-C.`);
    await printLines([server.url]);
    await stopped;
    await server.close();
  }
  stepper?.close();
  recording.close();
  // A message may still wait for its time.
  process.exit();
}
