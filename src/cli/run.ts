import { exitCodeOf } from '../base/errors.js';
import { printError } from '../text/output/stderr.js';
import { explainError } from '../text/store-error.js';
import { readPlainOptions } from './options/plain-options.js';

try {
  const words = process.argv.slice(2);
  const run = (await readPlainWrap(words)) ?? (await parseWithYargs(words));
  await run();
} catch (error) {
  printError(`claude-trace: ${explainError(error)}`);
  process.exitCode = exitCodeOf(error);
}

/** The fast way, since the command waits for `wrap`. Null if yargs must read these words. */
async function readPlainWrap([command, ...words]: readonly string[]): Promise<(() => Promise<void>) | null> {
  const separator = words.indexOf('--');
  if (command !== 'wrap' || separator === -1) return null;
  const { options, run } = await import('./commands/wrap.js');
  const args = readPlainOptions(words.slice(0, separator), options);
  return args && (() => run(args, words.slice(separator + 1)));
}

async function parseWithYargs(words: readonly string[]): Promise<() => Promise<void>> {
  const { parseCommandLine } = await import('./options/parse-command-line.js');
  return parseCommandLine(words);
}
