import { openStore } from '../src/store/index.js';
import { makeHistory } from '../test/support/history/history.js';
import { loadHistory } from '../test/support/history/load.js';

/** A month of work with 10,000 requests. */
const REQUESTS_A_DAY = 330;

/** @param file the database, made when it is not there @param scale of the length of texts; 1: as Claude Code's */
export function fillHistory(file: string, requests: number, scale: number): void {
  const store = openStore(file);
  loadHistory(store, makeHistory({ seed: 1, requests, days: Math.ceil(requests / REQUESTS_A_DAY), scale }));
  store.close();
}
