import fc from 'fast-check';
import { requestId } from '../../../src/model/ids.js';
import { LOCAL_USER, openStore } from '../../../src/store/index.js';
import { anAttribution, aRequest, aResponse, aRun, aShare, USAGE } from './records.js';
import { tempDatabase } from './temp-database.js';

/** The figures of a stored request. */
export interface Told {
  at: number;
  session: string;
  model: string;
  billed: boolean;
  failed: boolean;
  input: number;
  output: number;
  /** Dollars of input and output; null without a known price. */
  cost: number | null;
  lost: number;
  rating: number | null;
  /** Tokens of each source, and the idle part of them. */
  sources: { source: string; tokens: number; idle: boolean }[];
}

const START = Date.UTC(2026, 0, 5, 22);
const HOUR = 3_600_000;
const SOURCES = ['mcp:serena', 'mcp:jira', 'skill:bake', 'user'];

/** Requests over some hours, around midnight. */
export const arbitraryHistory: fc.Arbitrary<Told[]> = fc.array(
  fc
    .record({
      at: fc.integer({ min: START, max: START + 30 * HOUR }),
      session: fc.constantFrom('a', 'b', 'c'),
      model: fc.constantFrom('claude-x', 'claude-y'),
      billed: fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
      failed: fc.boolean(),
      output: fc.integer({ min: 0, max: 50 }),
      priced: fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
      lost: fc.constantFrom(0, 0, 7),
      rating: fc.constantFrom(null, null, -1, 0.5, 1),
      sources: fc.uniqueArray(
        fc.record({ source: fc.constantFrom(...SOURCES), tokens: fc.integer({ min: 1, max: 90 }), idle: fc.boolean() }),
        { selector: ({ source }) => source, minLength: 1 },
      ),
    })
    .map(({ priced, ...told }) => {
      const input = told.sources.reduce((sum, { tokens }) => sum + tokens, 0);
      return {
        ...told,
        input,
        // Without a bill there is no price.
        cost: priced && told.billed ? (input + told.output) / 1e6 : null,
        lost: told.billed ? told.lost : 0,
      };
    }),
  { minLength: 1, maxLength: 40 },
);

export const arbitraryTime = fc.integer({ min: START - HOUR, max: START + 32 * HOUR });

/** A new database with these requests. */
export function storedHistory(history: readonly Told[]): string {
  const file = tempDatabase();
  const store = openStore(file);
  const run = aRun();
  store.beginRun(run);
  store.transaction(() => {
    for (const told of history) {
      const plain = aRequest(run.id);
      const timestamps = { ...plain.timestamps, initiated: told.at, received: told.at + 1 };
      const request = aRequest(run.id, { ...plain, sessionId: told.session, model: told.model, timestamps });
      store.saveRequest(request);
      const shares = told.sources.map(({ source, tokens, idle }) =>
        aShare(source, tokens, {
          part: idle ? 'listing' : 'text',
          costUsd: told.cost === null ? null : tokens / 1e6,
        }),
      );
      store.saveResponse(
        aResponse(request, {
          ...(told.failed ? { status: 500 } : {}),
          usage: told.billed
            ? { ...USAGE, uncached: told.input, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: told.output }
            : null,
        }),
        anAttribution(shares, {
          inputCostUsd: told.cost === null ? null : told.input / 1e6,
          outputCostUsd: told.cost === null ? null : told.output / 1e6,
          cacheMiss:
            told.lost === 0
              ? null
              : {
                  cause: 'changed',
                  source: told.sources[0]?.source ?? null,
                  path: '/messages/0',
                  detail: null,
                  lostTokens: told.lost,
                  // What was lost has a price where the request has one.
                  lostUsd: told.cost === null ? null : told.lost / 1e6,
                },
        }),
      );
      if (told.rating !== null) {
        store.ratings.add(requestId(request.correlationId), { rating: told.rating, comment: null }, LOCAL_USER);
      }
    }
  });
  store.close();
  return file;
}
