import { describe, expect, it } from 'vitest';
import { listAnswer, MAX_ANSWER_BYTES, piecesOf, textAnswer } from '../../../src/cli/mcp-server/answer.js';

const rest = () => null;

describe('listAnswer', () => {
  it('is JSON, without fields that are not known', () => {
    const text = listAnswer({ facts: { id: 'a', model: null }, rows: [{ n: 1, cost: null }, { n: 2 }], rest });
    expect(text).toBe('{"id":"a",\n"rows": [\n{"n":1},\n{"n":2}\n]}');
    expect(listAnswer({ facts: {}, rows: [], rest })).toBe('{"rows": [\n\n]}');
  });

  it('holds as many rows as fit, and says how to get the others', () => {
    const rows = Array.from({ length: 1_000 }, (_, n) => ({ n, text: '日本語'.repeat(20) }));
    const text = listAnswer({ facts: { id: 'a' }, rows, rest: (shown) => (shown < 1_000 ? `from ${shown}` : null) });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_ANSWER_BYTES);
    expect(Buffer.byteLength(text)).toBeGreaterThan(MAX_ANSWER_BYTES * 0.9);
    const { rows: shown, more } = JSON.parse(text);
    expect(more).toBe(`from ${shown.length}`);
    expect(shown).toEqual(rows.slice(0, shown.length));
  });

  it('shortens long names, but no text, and escapes what could deceive', () => {
    const row = { source: `mcp:${'x'.repeat(10_000)}`, text: `\x1b[2J\u202e${'y'.repeat(1_000)}` };
    const text = listAnswer({ facts: {}, rows: [row], rest });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none must be left
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/);
    const [shown] = JSON.parse(text).rows;
    expect(shown.source.length).toBeLessThanOrEqual(200);
    expect(shown.text).toBe(row.text);
  });
});

describe('piecesOf', () => {
  it.each(['', 'short', 'a'.repeat(5_000), '👍'.repeat(3_000), `a${'👍'.repeat(3_000)}`])(
    'cuts no character',
    (text) => {
      const pieces = piecesOf(text);
      expect(pieces.join('')).toBe(text);
      expect(pieces.length).toBeGreaterThan(0);
      for (const piece of pieces) {
        expect(piece.length).toBeLessThanOrEqual(1_200);
        // Half a pair of surrogates would not come back.
        expect(Buffer.from(piece).toString()).toBe(piece);
      }
    },
  );
});

describe('textAnswer', () => {
  it('is plain text of a bounded length', () => {
    expect(textAnswer(['\x1b[1ma\x1b[22m', 'b'])).toBe('a\nb');
    const text = textAnswer(Array.from({ length: 1_000 }, () => '日本語 👍'));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_ANSWER_BYTES);
    expect(text).toMatch(/日本.*\n… the rest does not fit\.$/);
    expect(text).not.toContain('\ufffd');
  });
});
