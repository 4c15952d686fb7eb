import { exitCodeOf } from '../../base/errors.js';
import { printError } from '../../text/output/stderr.js';
import { explainError } from '../../text/store-error.js';
import { parseCommandLine } from './parse-command-line.js';

try {
  const run = await parseCommandLine(process.argv.slice(2));
  await run();
} catch (error) {
  printError(`claude-trace: ${explainError(error)}`);
  process.exitCode = exitCodeOf(error);
}
