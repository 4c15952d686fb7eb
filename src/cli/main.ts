#!/usr/bin/env node
import { warmUp } from '../runtime/threads/spawn.js';
import { notify } from '../text/output/stderr.js';

leaveDeletedFolder();
// Booting threads takes a third of the start of `wrap`: it begins before the command line is read.
if (process.argv[2] === 'wrap') warmUp();
if (process.argv[2] === '__complete') {
  const { answerShell } = await import('./completion/answer.js');
  await answerShell(process.argv.slice(3));
} else {
  await import('./options/command-line.js');
}

/** Many modules need the working directory when they are loaded, and fail without one. */
function leaveDeletedFolder(): void {
  try {
    process.cwd();
  } catch {
    notify('the current folder was deleted; continuing in /.');
    process.chdir('/');
  }
}
