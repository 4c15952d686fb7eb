import { EXCHANGE_KINDS } from '../../../src/model/exchange.js';
import { PURPOSES } from '../../../src/model/purpose.js';
import type { SearchTexts, ThreadPlace } from '../../../src/model/thread.js';
import { LOCAL_USER, type Store } from '../../../src/store/index.js';
import type { StoredExchange } from './brute-force.js';
import { anAttribution, aRequest, aResponse, aRun, aShare } from './records.js';

/** The time of the first request of a filled store, unix ms. */
export const START = Date.parse('2026-05-01T10:00:00Z');

const SOURCES = [
  'user',
  'mcp:serena',
  'mcp:Serena',
  'mcp:we[i]rd?',
  'mcp:weird',
  'memory:/a/CLAUDE.md',
  'framework:system',
];
const STATES = ['open', 'complete', 'complete', 'complete', 'failed', 'aborted'] as const;
const RATINGS = [1, -1, 0.5, 0, -0.25] as const;
/** Words of several scripts, with and without diacritics. */
const PHRASES = [
  'Fix the Café menu',
  'config.yaml, configuration and CONFIG',
  'ÜBER naïve re-use of "quotes"',
  '数据库事务隔离级别',
  '事务日志 and データベース',
  '설정을 바꾸다',
  'snake_case camelCase',
  'nothing',
];

/** 300 exchanges of which every filter matches some; times and figures repeat, so that there are ties. */
export function fillStore(store: Store, count = 300): StoredExchange[] {
  const run = aRun();
  store.beginRun(run);
  return Array.from({ length: count }, (_, index) => {
    // Knuth's multiplicative hash: neighbours are unrelated.
    const mixed = (index * 2654435761) >>> 8;
    const initiated = START + (mixed % 97) * 1000;
    const request = aRequest(run.id, {
      ...(index === 0 ? { correlationId: '00abcdefghjkmnpqrstvwxyz00' } : {}),
      sessionId: mixed % 11 === 0 ? null : `session-${mixed % 3}`,
      agentId: mixed % 4 === 0 ? 'agent-1' : null,
      promptId: mixed % 5 === 0 ? null : `prompt-${mixed % 3}`,
      kind: pick(EXCHANGE_KINDS, mixed % 7),
      model: pick(['claude-opus-5', 'claude-haiku-5', null], mixed >> 3),
      timestamps: { initiated, received: null, forwarded: null, firstByte: null, responseEnd: null, delivered: null },
    });
    store.saveRequest(request);
    const went = pick(STATES, mixed >> 7);
    if (went === 'open') return { request, response: null, attribution: null, rating: null };

    const status = went === 'complete' ? pick([200, 200, 404, 529], mixed >> 2) : null;
    const state = status !== null && status >= 400 ? 'failed' : went;
    const uncached = mixed % 500;
    const usage = { uncached, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: mixed % 50, webSearches: 0 };
    const response = aResponse(request, {
      state,
      status,
      usage: status === 529 ? null : usage,
      error: status === 529 ? 'overloaded_error' : null,
      latencyMs: mixed % 300,
    });
    const sources = SOURCES.filter((_source, at) => ((mixed >> at) & 1) === 1);
    const attribution = anAttribution(
      sources.map((source) => aShare(source, 10)),
      {
        inputCostUsd: status === 529 ? null : uncached / 1000,
        outputCostUsd: null,
        searchTexts: saidBy(mixed),
        place: placeOf(mixed),
      },
    );
    store.saveResponse(response, attribution);
    const rating = mixed % 5 === 0 ? pick(RATINGS, mixed >> 4) : null;
    if (rating !== null) store.ratings.add(request.id, { rating, comment: null }, LOCAL_USER);
    return { request, response, attribution, rating };
  });
}

function placeOf(mixed: number): ThreadPlace {
  return {
    purpose: pick(PURPOSES, mixed >> 3),
    threadId: 'req_1',
    previousId: null,
    continuation: null,
    startedBy: null,
  };
}

function saidBy(mixed: number): SearchTexts {
  const phrases = (shift: number) =>
    (mixed >> shift) % 3 === 0 ? [] : [pick(PHRASES, mixed >> shift), pick(PHRASES, mixed >> (shift + 4))];
  return { prompts: phrases(1), results: phrases(5), answer: phrases(9) };
}

function pick<Item>(items: readonly Item[], index: number): Item {
  return items[index % items.length] as Item;
}
