import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineAssembler, MAX_LINE_BYTES } from '../../../src/mcp/socket/line-assembler.js';
import type { McpLine } from '../../../src/wire/index.js';

function assembler(): { assembler: LineAssembler; lines: McpLine[]; texts(): string[] } {
  const lines: McpLine[] = [];
  const made = new LineAssembler('server', (line) => lines.push(line));
  return { assembler: made, lines, texts: () => lines.map(({ bytes }) => Buffer.from(bytes).toString()) };
}

describe('LineAssembler', () => {
  it('makes the same lines wherever the bytes are cut', () => {
    const text = fc.array(fc.constantFrom('{"id":1}', '\n', '\r\n', 'é', '', ' ')).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 7 }), (written, step) => {
        const bytes = Buffer.from(written);
        const { assembler: made, texts } = assembler();
        let ended = 0;
        for (let at = 0; at < bytes.length; at += step) ended += made.push(bytes.subarray(at, at + step), at);
        made.end(0);
        expect(texts()).toEqual(written.split(/\r?\n/).filter((line) => line !== ''));
        expect(ended).toBe(written.split('\n').length - 1);
      }),
    );
  });

  it('gives a line the time of its end, and its size without the line end', () => {
    const { assembler: made, lines } = assembler();
    made.push(Buffer.from('begun'), 1);
    made.push(Buffer.from(' ended\r\n'), 2);
    expect(lines).toMatchObject([{ sender: 'server', size: 11, truncated: false, at: 2 }]);
  });

  it('keeps the beginning of a line that is too long, and its whole size', () => {
    const { assembler: made, lines, texts } = assembler();
    made.push(Buffer.alloc(MAX_LINE_BYTES + 5, 'x'), 1);
    made.leaveOut(100);
    made.push(Buffer.from('end\nnext\n'), 2);
    expect(lines.map(({ size, truncated, bytes }) => [size, truncated, bytes.length])).toEqual([
      [MAX_LINE_BYTES + 108, true, MAX_LINE_BYTES],
      [4, false, 4],
    ]);
    expect(texts()[1]).toBe('next');
  });

  it('keeps the last bytes of such a line, as far as they follow each other', () => {
    const { assembler: made, lines } = assembler();
    const tails = () => lines.map(({ tail }) => (tail === undefined ? null : Buffer.from(tail).toString()));
    made.push(Buffer.alloc(MAX_LINE_BYTES, 'x'), 1);
    made.push(Buffer.from(`${'y'.repeat(1_000)}"id"`), 1);
    made.push(Buffer.from(':5}\n'), 2);
    expect(tails()[0]).toMatch(/^y{249}"id":5\}$/);
    made.push(Buffer.concat([Buffer.alloc(MAX_LINE_BYTES, 'x'), Buffer.from('yy')]), 3);
    made.leaveOut(10);
    made.push(Buffer.from('}\nnext\n'), 4);
    expect(tails().slice(1)).toEqual(['}', null]);
  });

  it('forgets a line that is lost', () => {
    const { assembler: made, texts } = assembler();
    made.push(Buffer.from('lost'), 1);
    made.drop();
    made.push(Buffer.from('kept\n'), 2);
    expect(texts()).toEqual(['kept']);
  });
});
