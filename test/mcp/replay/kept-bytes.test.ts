import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it, onTestFinished } from 'vitest';
import { ByteKeeper } from '../../../src/mcp/replay/kept-bytes.js';

it('keeps any bytes, and in memory only as many as it may', () => {
  const keeper = new ByteKeeper(1_000);
  onTestFinished(() => keeper.close());
  const all = [0, 1, 2, 3].map((index) => Buffer.from(Array.from({ length: 400 }, (_, at) => (at * 7 + index) % 256)));
  const kept = all.map((bytes) => keeper.keep(bytes));
  expect(kept.map((each) => typeof each)).toEqual(['string', 'string', 'object', 'object']);
  expect(kept.map((each) => keeper.read(each))).toEqual(all);
  // The file has no name, so that nothing is left of it, however the process ends.
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('claude-trace-replay-'))).toEqual([]);
});
