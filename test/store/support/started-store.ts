import { openStore } from '../../../src/store/index.js';
import { aRun } from './records.js';
import { tempDatabase } from './temp-database.js';

/** A store in a new database, with a run begun. */
export function startedStore(file = tempDatabase()) {
  const store = openStore(file);
  const run = aRun();
  store.beginRun(run);
  return { file, store, run };
}
