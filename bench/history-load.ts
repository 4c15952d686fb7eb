import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RunId } from '../src/model/ids.js';
import { openStore } from '../src/store/index.js';
import type { HistoryExchange } from '../test/support/history/exchange.js';
import { makeHistory } from '../test/support/history/history.js';
import { saveExchange } from '../test/support/history/load.js';
import type { Peer } from './history-peer.js';
import { time } from './numbers.js';

/** A database of this many requests, in a data folder of its own. */
export interface Loaded {
  requests: number;
  file: string;
  /** Of all bodies as they were on the wire. */
  rawBytes: number;
  diskBytes: number;
  /** Milliseconds of each exchange since the size before: its request and its response, a transaction each. */
  insertMs: number[];
  /** The same for the peer; none once it has enough. */
  peerInsertMs: number[];
}

/** A month of work with 10,000 requests. */
const REQUESTS_A_DAY = 330;

/** Grows one database, and keeps a copy at each size. @param peer gets the same exchanges, up to `peerRequests` */
export function loadSizes(
  folder: string,
  { sizes, scale }: { sizes: readonly number[]; scale: number },
  { peer, peerRequests }: { peer: Peer; peerRequests: number },
): Loaded[] {
  const growing = join(folder, 'growing', 'trace.db');
  const requests = sizes.at(-1) ?? 0;
  const history = makeHistory({ seed: 1, requests, days: Math.ceil(requests / REQUESTS_A_DAY), scale });
  const runs = new Map<RunId, number>();
  let stored = 0;
  let rawBytes = 0;
  return sizes.map((size): Loaded => {
    const store = openStore(growing);
    const insertMs: number[] = [];
    const peerInsertMs: number[] = [];
    for (; stored < size; stored += 1) {
      const exchange = nextOf(history);
      rawBytes += exchange.request.body.size + (exchange.response?.body.size ?? 0);
      insertMs.push(time(() => saveExchange(store, exchange, runs)));
      if (stored < peerRequests) peerInsertMs.push(time(() => peer.insert(exchange)));
    }
    // The last to close moves the write-ahead log into the file.
    store.close();
    const file = join(folder, String(size), 'trace.db');
    mkdirSync(dirname(file));
    copyFileSync(growing, file);
    console.error(`history: ${size} requests loaded`);
    return { requests: size, file, rawBytes, diskBytes: statSync(file).size, insertMs, peerInsertMs };
  });
}

function nextOf(history: Generator<HistoryExchange>): HistoryExchange {
  const { value, done } = history.next();
  if (done) throw new Error('The history ended too early.');
  return value;
}
