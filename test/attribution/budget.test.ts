import { setFlagsFromString } from 'node:v8';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AttributionOverBudgetError, createBudget, createThreads } from '../../src/attribution/index.js';
import { attributed } from '../support/attributed.js';
import { finished } from './threads/support/finished.js';

/** Time passes by a millisecond with every look at the clock. */
function ticking(): () => number {
  let now = 0;
  return () => now++;
}

/** A text that no other call has estimated. */
function fresh(characters: number): string {
  return Array.from({ length: characters / 10 }, () => Math.random().toString(36).slice(2, 11)).join(' ');
}

describe('attribution beyond its time budget', () => {
  const places: [string, (text: string) => unknown][] = [
    ['lines of the harness', (text) => ({ messages: [{ role: 'system', content: text.replaceAll(' ', '\n') }] })],
    ['one long text', (text) => ({ messages: [{ role: 'user', content: text }] })],
    [
      'many blocks',
      (text) => ({ messages: [{ role: 'user', content: text.split(' ').map((part) => ({ text: part })) }] }),
    ],
    ['many messages', (text) => ({ messages: text.split(' ').map((content) => ({ role: 'assistant', content })) })],
  ];
  test.each(places)('stops within %s with an error', (_, bodyOf) => {
    const budget = createBudget(5, ticking());
    expect(() => attributed(bodyOf(fresh(400_000)), { budget })).toThrow(AttributionOverBudgetError);
  });

  test('leaves its thread unchanged, so the next request is attributed', () => {
    const threads = createThreads({});
    const asked = { count: 1, system: 'Be kind.', tools: [{ name: 'Bash' }], tokens: 100 };
    const big = finished({ ...asked, messages: [{ role: 'user', content: fresh(400_000) }] });
    expect(() => threads.attribute(big, createBudget(5, ticking()))).toThrow(
      expect.objectContaining({ code: 'attribution-over-budget', budgetMs: 5 }),
    );
    const small = finished({ ...asked, messages: [{ role: 'user', content: 'Hi.' }] });
    const { place, inputTokens } = threads.attribute(small, createBudget(50, ticking()));
    expect({ previousId: place.previousId, inputTokens }).toEqual({ previousId: null, inputTokens: 100 });
  });
});

describe('six megabytes without a blank', () => {
  // V8 stops optimizing regular expressions when a process has compiled many; their stack then overflows sooner.
  beforeAll(() => setFlagsFromString('--no-regexp-optimization'));
  afterAll(() => setFlagsFromString('--regexp-optimization'));

  test.each([
    ['a letter', 'a'],
    ['a digit', '7'],
    ['a character of another script', '漢'],
    ['a pair of surrogates', '🪲'],
    ['a sign', '='],
  ])('of %s are attributed', (_, unit) => {
    const content = unit.repeat(6_000_000 / unit.length);
    const [segment] = attributed({ messages: [{ role: 'user', content }] }).segments;
    expect(segment).toMatchObject({ source: 'user', end: content.length });
    expect(segment?.tokens).toBeGreaterThan(50_000);
  });
});
