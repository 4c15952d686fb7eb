#!/usr/bin/env node
// Everything is loaded when it is needed: a status line has a tenth of a second, most of which Node takes to start.

const [, , command, ...words] = process.argv;
await leaveDeletedFolder();
if (command === 'statusline' && words.length === 0) {
  // A bundle of its own (scripts/build.mjs). With options, it is a command like the others.
  const { printStatus } = await import('./statusline/print-status.js');
  await printStatus(process.env);
} else if (command === 'mcp' && words[0] === 'record' && words.includes('--')) {
  // The client waits for the server.
  const { recordServer } = await import('./mcp-record/record.js');
  await recordServer(words.slice(1));
} else if (command === '__mcp_record') {
  const { storeRecord } = await import('./mcp-record/store-record.js');
  await storeRecord();
} else if (command === '__complete') {
  const { answerShell } = await import('./completion/answer.js');
  await answerShell(words);
} else if (command === '__man') {
  const { printManual } = await import('./man-page.js');
  await printManual();
} else {
  // Booting a thread takes a third of the time until the command starts: it begins before the command line is read.
  if (command === 'wrap') (await import('../runtime/threads/spawn.js')).warmUp();
  await import('./run.js');
}

/** Many modules need the working directory when they are loaded, and fail without one. */
async function leaveDeletedFolder(): Promise<void> {
  try {
    process.cwd();
  } catch {
    const { notify } = await import('../text/output/stderr.js');
    notify('The current folder was deleted; continuing in /.');
    process.chdir('/');
  }
}
