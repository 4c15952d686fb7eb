#!/usr/bin/env node
import { warmUp } from '../runtime/threads/spawn.js';
import { notify } from '../text/output/stderr.js';

leaveDeletedFolder();
// A third of what `wrap` takes to start is threads booting: they can do that while the command line is read.
if (process.argv[2] === 'wrap') warmUp();
if (process.argv[2] === '__complete') {
  const { answerShell } = await import('./completion/answer.js');
  await answerShell(process.argv.slice(3));
} else {
  await import('./options/command-line.js');
}

/** Half of what is loaded next asks for the working directory, and fails where there is none. */
function leaveDeletedFolder(): void {
  try {
    process.cwd();
  } catch {
    notify('the current folder was deleted; going on in /.');
    process.chdir('/');
  }
}
