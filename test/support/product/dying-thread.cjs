/*
 * Preloaded (NODE_OPTIONS) into the product to make its threads fail: a thread throws when it finds the file
 * `$DYING_THREADS/<traffic|recorder>`, which goes away with it. Where the folder has `always-<name>`, it dies again and again.
 */
const { existsSync, rmSync } = require('node:fs');
const { basename, join } = require('node:path');
const { isMainThread } = require('node:worker_threads');

const folder = process.env.DYING_THREADS;
if (folder && !isMainThread) {
  const timer = setInterval(() => {
    // Not known yet while this is preloaded.
    const name = basename(process.argv[1] ?? '', '.js') || 'unknown';
    if (existsSync(join(folder, name))) {
      rmSync(join(folder, name));
      throw new Error(`the test ends the ${name} thread`);
    }
    if (existsSync(join(folder, `always-${name}`))) throw new Error(`the test ends the ${name} thread`);
  }, 5);
  timer.unref();
}
