/**
 * The shim with rules: a bundle of its own, since it takes longer to load than the one without (scripts/build.mjs).
 *
 * usage: node ruled.cjs <task> <command> <argument…>, see launch.ts
 */
import { readFileSync } from 'node:fs';
import { readLaunch } from './launch.js';
import { runRuledShim } from './run-ruled-shim.js';

const { task, command } = readLaunch(process.argv.slice(2), process.env);
runRuledShim(task, command, () => (task.rules === undefined ? null : { text: read(task.rules), file: task.rules }));

/** Empty if it cannot be read: messages pass until the listener sends rules. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
