import { describe, expect, test } from 'vitest';
import { createThreads } from '../../../src/attribution/index.js';
import type { Usage } from '../../../src/model/usage.js';
import { billed, exchange } from '../../support/conversation.js';

const mark = (ttl?: string) => ({ cache_control: { type: 'ephemeral', ...(ttl === undefined ? {} : { ttl }) } });
const text = (words: string, more: object = {}) => ({ type: 'text', text: words, ...more });

/** Estimated tokens: some 200 of tools, 250 of system, 160 before the message's mark, 80 behind it. */
function body(systemMark: object, messageMark: object): object {
  return {
    tools: [{ name: 'Read', description: 'quorn '.repeat(90) }],
    system: [text('You are zoft.'), text('brindle mellip '.repeat(60), systemMark)],
    messages: [{ role: 'user', content: [text('tavish '.repeat(80), messageMark), text('zoft '.repeat(40))] }],
  };
}

/** Tokens of the first request of a thread: of tools and system, of the message up to its mark, of what is behind it. */
function sections(request: object, usage: Partial<Usage>): number[] {
  const { segments } = createThreads({}).attribute(exchange(request, billed(0, 5, usage)));
  const sum = (holds: (path: string) => boolean) =>
    segments.filter(({ path }) => holds(path)).reduce((total, { tokens }) => total + tokens, 0);
  return [
    sum((path) => !path.startsWith('/messages')),
    sum((path) => path.startsWith('/messages/0/content/0')),
    sum((path) => path.startsWith('/messages/0/content/1')),
  ];
}

describe('the bill of a request that starts a thread gives the sizes of its cached parts', () => {
  test('an hour for the system prompt, five minutes for the message, nothing for the rest', () => {
    const usage = { cacheWrite1h: 555, cacheWrite5m: 222, uncached: 77 };
    expect(sections(body(mark('1h'), mark()), usage)).toEqual([555, 222, 77]);
  });

  test('a system prompt that another session has left there', () => {
    const usage = { cacheRead: 500, cacheWrite5m: 200, uncached: 88 };
    expect(sections(body(mark(), mark()), usage)).toEqual([500, 200, 88]);
  });

  test('nothing, when the cache reads end at no mark', () => {
    const [before, marked, after] = sections(body(mark(), mark()), { cacheRead: 300, cacheWrite5m: 400, uncached: 88 });
    expect([(before ?? 0) + (marked ?? 0), after]).toEqual([700, 88]);
    expect(before).not.toBe(300);
  });

  test('nothing, when the request has no marks, and the sum is still the bill', () => {
    const shares = sections(body({}, {}), { cacheRead: 500, cacheWrite5m: 200, uncached: 88 });
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(788);
  });

  test('nothing, when a section would have an impossible size', () => {
    const shares = sections(body(mark('1h'), mark()), { cacheWrite1h: 20, cacheWrite5m: 700, uncached: 77 });
    expect(shares[0]).toBeGreaterThan(200);
  });
});
