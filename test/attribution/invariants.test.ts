import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ATTRIBUTION_VERSION } from '../../src/attribution/index.js';
import type { Attribution } from '../../src/model/segment.js';
import type { Usage } from '../../src/model/usage.js';
import { attributed } from '../support/attributed.js';
import { requestBody, usage } from '../support/bodies.js';
import { lostStrings, partitionFaults, sumFaults } from '../support/invariants.js';

const THREAD = { knownServers: ['a__b'], agent: { name: 'quorn', prompt: 'brindle zoft' } };

function run(body: unknown, bill: Usage | null): Attribution {
  return attributed(body, { usage: bill, model: 'claude-sonnet-4-5', thread: THREAD });
}

test('the segments of a string join to exactly that string', () => {
  fc.assert(
    fc.property(requestBody, (body) => {
      const text = JSON.stringify(body);
      expect(partitionFaults(body, text, run(body, null))).toEqual([]);
      expect(lostStrings(body, text, run(body, null))).toEqual([]);
    }),
  );
});

test('segment tokens and shares sum to the bill exactly, costs to the cost of the request', () => {
  fc.assert(
    fc.property(requestBody, usage, (body, bill) => {
      expect(sumFaults(run(body, bill), bill)).toEqual([]);
    }),
  );
});

test('the same input gives the same output', () => {
  fc.assert(
    fc.property(requestBody, usage, (body, bill) => {
      expect(run(body, bill)).toEqual(run(body, bill));
    }),
  );
});

test('no JSON of any shape makes it throw', () => {
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.record({ system: fc.jsonValue(), tools: fc.jsonValue(), messages: fc.jsonValue() }),
  );
  fc.assert(
    fc.property(anything, fc.option(usage), (body, bill) => {
      expect(run(body, bill).version).toBe(ATTRIBUTION_VERSION);
    }),
  );
});

test('a body that is not JSON is one unknown segment', () => {
  const { segments } = attributed(undefined, { text: '{"messages": [brindle' });
  expect(segments).toMatchObject([{ path: '', start: 0, end: 21, source: 'unknown', known: 'estimated' }]);
});

test('a body nested deeper than the stack is one unknown segment', () => {
  const text = `{"messages":[{"role":"user","content":[${'['.repeat(200_000)}${']'.repeat(200_000)}]}]}`;
  const body: unknown = JSON.parse(text);
  const { segments } = attributed(body, { text });
  expect(segments.map(({ path, source, end }) => [path, source, end])).toEqual([['', 'unknown', text.length]]);
});
