import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createThreads } from '../../src/attribution/index.js';
import { requestBody, usage } from '../support/bodies.js';
import { bodyFaults, exchangeFaults } from '../support/invariants.js';
import { mutated, mutations } from '../support/mutations.js';
import { MILD } from '../support/truth/rates.js';
import { makeSession } from '../support/truth/session.js';
import { createBiller } from '../support/truth/truth.js';

/** A short session: bodies of every kind, some with a long history. */
const SESSION = makeSession({ seed: 5, biller: createBiller(MILD), turns: 9, counts: false, clears: true });

test('a generated body with any damage is still partitioned, summed, and attributed the same twice', () => {
  fc.assert(
    fc.property(requestBody, mutations(6), fc.option(usage), (body, changes, bill) => {
      expect(bodyFaults(mutated(body, changes), { usage: bill, model: 'claude-sonnet-4-5' })).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('so is a damaged body of a session', () => {
  fc.assert(
    fc.property(fc.nat(), mutations(4), usage, (index, changes, bill) => {
      const body = SESSION[index % SESSION.length]?.body;
      expect(bodyFaults(mutated(body, changes), { usage: bill, model: 'claude-sonnet-4-5' })).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test('a session with damaged bodies is attributed to its end, each request to its own bill', () => {
  fc.assert(
    fc.property(
      fc.array(mutations(3), { minLength: 5, maxLength: 5 }),
      fc.array(usage, { minLength: 5 }),
      (plans, bills) => {
        const threads = createThreads({});
        for (const [index, { exchange }] of SESSION.entries()) {
          const body = index % 3 === 0 ? mutated(exchange.body, plans[index % plans.length] ?? []) : exchange.body;
          const bill = index % 4 === 0 ? (bills[index % bills.length] ?? null) : exchange.usage;
          const text = JSON.stringify(body) ?? '';
          expect(exchangeFaults(threads, { ...exchange, body, text, usage: bill })).toEqual([]);
        }
      },
    ),
    { numRuns: 4 },
  );
});

test('nesting near the depth of the stack throws nothing', () => {
  for (let depth = 500; depth < 100_000; depth *= 2) {
    const deep = `${'[{"content":'.repeat(depth)}"zoft"${'}]'.repeat(depth)}`;
    const text = `{"system":${deep},"tools":[{"name":"Read","input_schema":${deep}}],"messages":[{"role":"user","content":${deep}}]}`;
    const body: unknown = JSON.parse(text);
    const exchange = {
      id: 'req_1',
      sessionId: 's',
      agentId: null,
      headers: [],
      model: null,
      at: 0,
      message: null,
    } as const;
    const bill = { uncached: 100, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 1, webSearches: 0 };
    const { segments } = createThreads({}).attribute({ ...exchange, body, text, usage: bill });
    expect(segments.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(100);
  }
});
