/**
 * A recorded server on stdin and stdout: a bundle of its own without dependencies (scripts/build.mjs), for the configuration that
 * `wrap --replay` gives Claude Code.
 *
 * usage: node main.cjs <tape…>, all of one server
 */
import { closeSync, openSync } from 'node:fs';
import { describeError } from '../../base/error-text.js';
import { escapeLine } from '../tape/escape-line.js';
import { readTape } from '../tape/read-tape.js';
import { openRecording } from './recording.js';
import { serveStdio } from './serve-stdio.js';

const files = process.argv.slice(2);
// Names come from the client and from tapes.
const note = (text: string) => process.stderr.write(`claude-trace replay: ${escapeLine(text)}\n`);
// The client is gone: nobody can read an error.
process.stdout.on('error', () => process.exit());
serve().catch((error: unknown) => {
  note(describeError(error));
  process.exit(1);
});

async function serve(): Promise<void> {
  const recording = await openRecording(await Promise.all(files.map(readTape)));
  const { stdin: input, stdout: output } = process;
  const served = serveStdio(recording, { input, output, speed: 'max', note, tape: nextTape });
  await Promise.race([served, recording.whole.then(() => served)]);
  recording.close();
  // A message may still wait for its time.
  process.exit();
}

/** A session had a tape for each connection, in their order, and so it has when it is replayed: each start takes the next one. */
function nextTape(): number {
  const [first = ''] = files;
  for (const index of files.keys()) {
    try {
      closeSync(openSync(`${first}.started-${index}`, 'wx'));
      return index;
    } catch {
      // Another start has taken it.
    }
  }
  return files.length - 1;
}
