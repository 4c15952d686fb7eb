import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ATTRIBUTION_VERSION, segmentText } from '../../src/attribution/index.js';
import type { Attribution } from '../../src/model/segment.js';
import { billedInput, type Usage } from '../../src/model/usage.js';
import { attributed } from '../support/attributed.js';
import { requestBody, usage } from '../support/bodies.js';

const THREAD = { knownServers: ['a__b'], agent: { name: 'quorn', prompt: 'brindle zoft' } };

function run(body: unknown, bill: Usage | null): Attribution {
  return attributed(body, { usage: bill, model: 'claude-sonnet-4-5', thread: THREAD });
}

test('the segments of a string join to exactly that string', () => {
  fc.assert(
    fc.property(requestBody, (body) => {
      const text = JSON.stringify(body);
      const joined = new Map<string, string>();
      for (const segment of run(body, null).segments) {
        const before = joined.get(segment.path) ?? '';
        expect(segment.start).toBe(before.length);
        expect(segment.end).toBeGreaterThan(segment.start);
        joined.set(segment.path, before + segmentText(body, text, segment));
      }
      for (const [path, value] of strings(body)) expect(covered(path, value, joined)).toBe(true);
    }),
  );
});

test('segment tokens and shares sum to the bill exactly, costs to the cost of the request', () => {
  fc.assert(
    fc.property(requestBody, usage, (body, bill) => {
      const { segments, shares, inputTokens, inputCostUsd } = run(body, bill);
      expect(inputTokens).toBe(billedInput(bill));
      expect(sum(segments.map(({ tokens }) => tokens))).toBe(inputTokens);
      expect(sum(shares.map(({ tokens }) => tokens))).toBe(inputTokens);
      for (const { tokens, cache } of segments) expect(sum(Object.values(cache))).toBe(tokens);
      expect(sum(segments.map(({ cache }) => cache.read))).toBe(bill.cacheRead);
      expect(Math.abs(sum(segments.map(({ costUsd }) => costUsd ?? NaN)) - (inputCostUsd ?? NaN))).toBeLessThan(1e-9);
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

test('no JSON makes it throw, whatever its shape', () => {
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

test('a body that is no JSON is one unknown segment over its text', () => {
  const { segments } = attributed(undefined, { text: '{"messages": [brindle' });
  expect(segments).toMatchObject([{ path: '', start: 0, end: 21, source: 'unknown', known: 'estimated' }]);
});

test('a body nested deeper than the stack is one unknown segment', () => {
  const text = `{"messages":[{"role":"user","content":[${'['.repeat(200_000)}${']'.repeat(200_000)}]}]}`;
  const body: unknown = JSON.parse(text);
  const { segments } = attributed(body, { text });
  expect(segments.map(({ path, source, end }) => [path, source, end])).toEqual([['', 'unknown', text.length]]);
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Every string that the model reads, with its path: those of `system`, `tools` and `messages`. */
function* strings(body: unknown): Generator<[string, string]> {
  if (typeof body !== 'object' || body === null) return;
  for (const part of ['system', 'tools', 'messages']) yield* stringsIn(Reflect.get(body, part), `/${part}`);
}

function* stringsIn(value: unknown, path: string): Generator<[string, string]> {
  if (typeof value === 'string') yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (['role', 'type', 'tool_use_id', 'is_error', 'signature', 'cache_control'].includes(key)) continue;
    yield* stringsIn(inner, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  }
}

/** Whether a string is partitioned itself, or stands in a block that is. */
function covered(path: string, value: string, joined: ReadonlyMap<string, string>): boolean {
  if (value === '') return true;
  const own = joined.get(path);
  if (own !== undefined) return own === value;
  for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    if (joined.get(at)?.includes(JSON.stringify(value)) === true) return true;
  }
  return false;
}
