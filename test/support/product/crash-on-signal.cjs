/** A defect of ours that nothing catches: `node --require crash-on-signal.cjs` throws when SIGUSR2 comes, in the main thread. */
const { isMainThread } = require('node:worker_threads');

if (isMainThread) {
  process.on('SIGUSR2', () => {
    throw new Error('a defect of ours');
  });
}
