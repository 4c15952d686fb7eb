import { readdirSync } from 'node:fs';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ByteKeeper } from '../../../src/mcp/replay/kept-bytes.js';
import { tapeFolder } from '../tape/support/tapes.js';

it('keeps any bytes, and in memory only as many as it may', () => {
  const folder = tapeFolder();
  vi.stubEnv('TMPDIR', folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  const keeper = new ByteKeeper(1_000);
  onTestFinished(() => keeper.close());
  const all = [0, 1, 2, 3].map((index) => Buffer.from(Array.from({ length: 400 }, (_, at) => (at * 7 + index) % 256)));
  const kept = all.map((bytes) => keeper.keep(bytes));
  expect(kept.map((each) => typeof each)).toEqual(['string', 'string', 'number', 'number']);
  expect(kept.map((each) => keeper.read(each))).toEqual(all);
  // The file has no name, so that nothing is left of it, however the process ends.
  expect(readdirSync(folder)).toEqual([]);
});
