import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type IndexedTape, indexTape } from '../../../src/mcp/replay/indexed-tape.js';
import { writeTape } from '../../../src/mcp/tape/index.js';
import type { TapeFrame } from '../../../src/model/tape.js';
import { tapeFolder, tapeHead } from '../tape/support/tapes.js';

const frame = (seq: number, at: number, dir: 'c' | 's', message: unknown): TapeFrame => ({
  ...{ seq, at, dir },
  bytes: Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)),
});
const request = (id: number | string, name: string) => ({
  ...{ jsonrpc: '2.0', id, method: 'tools/call' },
  params: { name, arguments: {} },
});

const FRAMES = [
  frame(0, 0, 'c', request(1, 'find')),
  frame(1, 5, 'c', request('1', 'draw')),
  frame(2, 20.5, 's', { jsonrpc: '2.0', id: '1', result: { isError: true, content: [] } }),
  frame(3, 20.5, 's', { jsonrpc: '2.0', method: 'notifications/message', params: {} }),
  frame(4, 30, 's', [
    { jsonrpc: '2.0', id: 1, result: {} },
    { jsonrpc: '2.0', method: 'ping', id: 1 },
  ]),
  frame(5, 40, 'c', 'no JSON'),
];

async function indexed(file: string): Promise<IndexedTape> {
  const tape = await indexTape(file);
  onTestFinished(() => tape.close());
  await expect.poll(() => tape.end).not.toBeNull();
  return tape;
}

describe('an index of a tape', () => {
  it.each(['tape.jsonl', 'tape.jsonl.gz'])('finds frames by number and time in %s', async (name) => {
    const file = join(tapeFolder(), name);
    await writeTape(file, tapeHead(), FRAMES);
    const tape = await indexed(file);

    expect([tape.count, tape.end]).toEqual([6, { isPartial: false, problem: null }]);
    for (const [index, each] of FRAMES.entries()) expect(tape.frame(index)).toEqual(each);
    expect(tape.frame(6)).toBeNull();
    expect([-1, 0, 4.9, 5, 20.5, 29, 1e9].map((ms) => tape.indexAt(ms))).toEqual([-1, 0, 0, 1, 3, 3, 5]);
    const rows = FRAMES.map((_, index) => tape.row(index));
    expect(rows.map((row) => row && [row.summary.kind, row.summary.method, row.summary.name, row.latencyMs])).toEqual([
      ['request', 'tools/call', 'find', null],
      ['request', 'tools/call', 'draw', null],
      ['response', 'tools/call', 'draw', 15.5],
      ['notification', 'notifications/message', null, null],
      ['response', 'tools/call', 'find', 30],
      ['malformed', null, null, null],
    ]);
    expect(rows.map((row) => [row?.summary.isError, row?.summary.messages])).toEqual([
      ...[
        [false, 1],
        [false, 1],
        [true, 1],
        [false, 1],
        [false, 2],
        [false, 1],
      ],
    ]);
  });

  it('ends where a recording was cut off, and where a tape is damaged', async () => {
    const folder = tapeFolder();
    const file = join(folder, 'tape.jsonl');
    await writeTape(file, tapeHead(), FRAMES);
    const { readFileSync } = await import('node:fs');
    const lines = readFileSync(file, 'utf8').split('\n');
    const [cut, damaged] = [join(folder, 'cut'), join(folder, 'damaged')];
    writeFileSync(cut, `${lines.slice(0, 4).join('\n')}\n{"seq":3,"at`);
    writeFileSync(damaged, [...lines.slice(0, 3), '{"seq":2}', ...lines.slice(4)].join('\n'));

    expect((await indexed(cut)).end).toEqual({ isPartial: true, problem: null });
    const { count, end } = await indexed(damaged);
    expect([count, end?.problem]).toEqual([2, expect.stringContaining('line 4')]);
  });

  it('says that a frame cannot be read when the file was changed', async () => {
    const file = join(tapeFolder(), 'tape.jsonl');
    await writeTape(file, tapeHead(), FRAMES);
    const tape = await indexed(file);
    writeFileSync(file, 'x'.repeat(50));

    expect([tape.frame(2), tape.row(2)]).toEqual([null, null]);
  });
});
