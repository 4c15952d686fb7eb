/** Prunes in the smallest steps and prints a line for each: `prune.ts <file> <older than, unix ms>`. */
import { openStore } from '../../../src/store/index.js';

const [file = '', olderThan = '0'] = process.argv.slice(2);
const store = openStore(file);
const pruning = store.retention.prune(
  { olderThan: Number(olderThan), maxBytes: Number.MAX_SAFE_INTEGER, sparedSince: 0 },
  0,
);
while (pruning.step()) console.log(String(pruning.removed));
store.close();
