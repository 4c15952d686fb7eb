/*
 * Preloaded (NODE_OPTIONS) into the product to make the recorder choke on what it reads, as no limit of ours may foresee:
 * where a text holds one of the words, its thread never comes back, or dies somewhat later.
 *
 * With CHOKING_SOON=1 the watch over the recorder (stall-watch.ts, thread-clock.ts) looks five times as often, and takes a tick of the
 * thread's CPU time for five: it gives up after 3 s of CPU time, not 15.
 */
const crypto = require('node:crypto');
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const { isMainThread } = require('node:worker_threads');

const CHECK_MS = 250;
const FASTER = 5;
/** Of /proc/self/task/<tid>/stat, the fields behind the thread's name (proc(5)). */
const TICKS = [11, 12];

if (isMainThread && process.env.CHOKING_SOON === '1') {
  const { setInterval } = globalThis;
  globalThis.setInterval = (callback, ms, ...more) =>
    setInterval(callback, ms === CHECK_MS ? CHECK_MS / FASTER : ms, ...more);
  const { readFileSync } = fs;
  fs.readFileSync = (path, ...more) => {
    const content = readFileSync(path, ...more);
    return /^\/proc\/self\/task\/\d+\/stat$/.test(path) ? withMoreTicks(content) : content;
  };
  syncBuiltinESMExports();
}

function withMoreTicks(stat) {
  const behindName = stat.lastIndexOf(')') + 2;
  const fields = stat.slice(behindName).split(' ');
  return stat.slice(0, behindName) + fields.map((field, at) => (TICKS.includes(at) ? field * FASTER : field)).join(' ');
}

if (!isMainThread) {
  const parse = JSON.parse;
  JSON.parse = (text, ...more) => {
    if (typeof text === 'string' && text.length < 1_000_000) {
      if (text.includes('choke-reading')) for (;;);
      if (text.includes('choke-later'))
        setTimeout(() => {
          throw new Error('choked');
        }, 500);
    }
    return parse(text, ...more);
  };
  // Attribution hashes each text; others hash bytes.
  const { hash } = crypto;
  crypto.hash = (algorithm, data, ...more) => {
    if (typeof data === 'string' && data.includes('choke-attribution')) for (;;);
    return hash(algorithm, data, ...more);
  };
  syncBuiltinESMExports();
}
