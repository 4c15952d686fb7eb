/*
 * Preloaded (NODE_OPTIONS) into the product to make its threads fail: a thread throws when it finds the file
 * `$DYING_THREADS/<traffic|recorder>`, which is removed; it hangs if it finds `hang-<name>`, and fills its memory if it finds
 * `fill-<name>`. If the folder has `always-<name>`, it dies again and again.
 */
const { existsSync, rmSync } = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const { basename, join } = require('node:path');
const threads = require('node:worker_threads');

const folder = process.env.DYING_THREADS;
if (folder && threads.isMainThread) {
  const { Worker } = threads;
  /** Threads with a heap limit get a lower one, which is soon reached. */
  threads.Worker = class extends Worker {
    constructor(file, { resourceLimits, ...options } = {}) {
      super(file, { ...options, ...(resourceLimits && { resourceLimits: { maxOldGenerationSizeMb: 128 } }) });
    }
  };
  syncBuiltinESMExports();
}
if (folder && !threads.isMainThread) {
  const timer = setInterval(() => {
    // Not known yet while this is preloaded.
    const name = basename(process.argv[1] ?? '', '.js') || 'unknown';
    if (wasAsked(name)) throw new Error(`the test ends the ${name} thread`);
    if (wasAsked(`hang-${name}`)) for (;;);
    if (wasAsked(`fill-${name}`)) for (const all = []; ; ) all.push(new Array(100_000).fill({}));
    if (existsSync(join(folder, `always-${name}`))) throw new Error(`the test ends the ${name} thread`);
  }, 5);
  timer.unref();
}

function wasAsked(what) {
  if (!existsSync(join(folder, what))) return false;
  rmSync(join(folder, what));
  return true;
}
