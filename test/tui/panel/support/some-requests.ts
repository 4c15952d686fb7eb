import type { CapturedRequest, CapturedResponse } from '../../../../src/model/exchange.js';
import type { SourceShare } from '../../../../src/model/segment.js';
import { openStore, type Store } from '../../../../src/store/index.js';
import { anAttribution, aRequest, aResponse, aRun, aShare } from '../../../store/support/records.js';
import { tempDatabase } from '../../../store/support/temp-database.js';

export interface Filled {
  file: string;
  store: Store;
  /** Sends a request; it is open until it is answered. */
  send(values?: Partial<CapturedRequest>): CapturedRequest;
  answer(request: CapturedRequest, values?: Partial<CapturedResponse>, shares?: SourceShare[]): void;
}

const SHARES = [aShare('user', 10), aShare('mcp:serena', 600, { part: 'definition' }), aShare('tool:Read', 390)];

/** A new database that other processes write to, as far as the panel can tell. */
export function someRequests(count: number): Filled {
  const file = tempDatabase();
  const store = openStore(file);
  const run = aRun();
  store.beginRun(run);
  const filled: Filled = {
    file,
    store,
    send(values = {}) {
      const request = aRequest(run.id, values);
      store.saveRequest(request);
      return request;
    },
    answer: (request, values = {}, shares = SHARES) =>
      void store.saveResponse(aResponse(request, values), anAttribution(shares)),
  };
  const begin = Date.now() - count * 1_000;
  store.transaction(() => {
    for (let index = 0; index < count; index += 1) {
      const initiated = begin + index * 1_000;
      const timestamps = { ...NO_TIMES, initiated, received: initiated + 1 };
      filled.answer(filled.send({ model: `model-${index + 1}`, timestamps }));
    }
  });
  return filled;
}

const NO_TIMES = { received: null, forwarded: null, firstByte: null, responseEnd: null, delivered: null };
