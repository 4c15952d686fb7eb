import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffSegments, sumBySource } from '../../src/history/diff-segments.js';
import type { SegmentWithText } from '../../src/history/segments.js';
import { aSegment } from '../store/support/records.js';

/** A segment made of its text: `user hello 5` has 5 tokens. */
function segment(line: string): SegmentWithText {
  const [source = '', text = '', tokens = '10'] = line.split(' ');
  return { segment: aSegment({ source, hash: text, tokens: Number(tokens), costUsd: Number(tokens) / 1e6 }), text };
}

const all = (...lines: string[]) => lines.map(segment);

/** `changed user old → new`, with a bar before the end. */
function told(before: SegmentWithText[], after: SegmentWithText[]): string[] {
  return diffSegments(before, after).map(({ kind, atEnd, before: old, after: now }) => {
    const texts = [old?.text, now?.text].filter((text) => text !== undefined).join(' → ');
    return `${atEnd ? 'end: ' : ''}${kind} ${(now ?? old)?.segment.source} ${texts}`;
  });
}

describe('the difference of two requests', () => {
  it('is only what is new at the end when a conversation continues', () => {
    const before = all('framework:system a', 'user b');
    expect(told(before, [...before, ...all('assistant c', 'user d')])).toEqual([
      'end: added assistant c',
      'end: added user d',
    ]);
  });

  it('separates changes before the end from what is new at the end', () => {
    const before = all('mcp:a one', 'mcp:b two', 'memory:/m three', 'user four');
    const after = all('mcp:a one', 'memory:/m other', 'skill:s five', 'user four', 'assistant six');
    expect(told(before, after)).toEqual([
      'removed mcp:b two',
      'changed memory:/m three → other',
      'added skill:s five',
      'end: added assistant six',
    ]);
  });

  it('has the end after a changed last segment', () => {
    expect(told(all('user a', 'hook:Stop b'), all('user a', 'hook:Stop c', 'user d'))).toEqual([
      'changed hook:Stop b → c',
      'end: added user d',
    ]);
  });

  it('is empty between equal requests, and everything between unrelated ones', () => {
    const some = all('user a', 'user b');
    expect(told(some, some)).toEqual([]);
    expect(told([], some)).toEqual(['end: added user a', 'end: added user b']);
    expect(told(some, [])).toEqual(['removed user a', 'removed user b']);
  });

  it('leaves out what the API strips and what it adds', () => {
    const header = (text: string): SegmentWithText => ({ segment: aSegment({ hash: text, unread: 'stripped' }), text });
    const overhead: SegmentWithText = { segment: aSegment({ part: 'overhead', hash: 'none' }), text: '' };
    expect(told([header('one'), ...all('user a')], [header('two'), overhead, ...all('user a')])).toEqual([]);
  });

  it('pairs changed tools by their name', () => {
    const tool = (name: string, text: string): SegmentWithText => ({
      segment: aSegment({ source: 'mcp:a', part: 'definition', detail: name, hash: text }),
      text,
    });
    const changes = diffSegments([tool('x', '1'), tool('y', '2')], [tool('y', '3'), tool('x', '4')]);
    expect(changes.map(({ kind, before, after }) => `${kind} ${before?.text} → ${after?.text}`)).toEqual([
      'changed 2 → 3',
      'changed 1 → 4',
    ]);
  });

  it('accounts for every token: the old tokens of a source and its changes add up to the new ones', () => {
    const line = fc
      .tuple(fc.constantFrom('user', 'mcp:a', 'skill:b'), fc.constantFrom(...'abcdefgh'))
      // The same content always has the same number of tokens, as in real requests.
      .map(([source, text]) => `${source} ${source}${text} ${text.charCodeAt(0)}`);
    const request = fc.array(line, { maxLength: 20 }).map((lines) => all(...lines));
    fc.assert(
      fc.property(request, request, (before, after) => {
        const weight = (list: SegmentWithText[], source: string) =>
          list.reduce((sum, each) => sum + (each.segment.source === source ? each.segment.tokens : 0), 0);
        const sums = sumBySource(diffSegments(before, after));
        for (const source of ['user', 'mcp:a', 'skill:b']) {
          const sum = sums.find((each) => each.source === source);
          const grown = sum ? sum.addedTokens - sum.removedTokens + sum.changedTokens + sum.endTokens : 0;
          expect(weight(before, source) + grown).toBe(weight(after, source));
          expect(sum?.costUsd ?? 0).toBeCloseTo(grown / 1e6, 9);
        }
      }),
    );
  });

  it('works for a request of any size', () => {
    const last = segment('user last');
    const many = Array.from({ length: 200_000 }, (_, index) => ({
      ...last,
      segment: { ...last.segment, hash: String(index) },
    }));
    expect(diffSegments([last], [...many, last])).toHaveLength(200_000);
  });

  it('has a null cost without a known price', () => {
    const unpriced = { ...segment('user a'), segment: aSegment({ costUsd: null }) };
    expect(sumBySource(diffSegments([], [unpriced]))).toMatchObject([{ source: 'user', costUsd: null }]);
  });
});
