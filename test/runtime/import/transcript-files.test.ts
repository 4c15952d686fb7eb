import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { findTranscripts } from '../../../src/runtime/import/transcript-files.js';

vi.mock('node:fs/promises', { spy: true });

it('leaves out a file that is removed meanwhile, and leaves one that cannot be opened to the import', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'claude-trace-transcripts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'p'));
  const [agent, gone, kept] = ['agent-1.jsonl', 'gone.jsonl', 'kept.jsonl'].map((name) => join(folder, 'p', name));
  for (const file of [agent, gone, kept]) writeFileSync(file ?? '', '');
  const real = await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises');
  vi.mocked(stat).mockImplementation((path) => real.stat(path === gone ? `${path}.removed` : path));
  vi.mocked(open).mockRejectedValue(Object.assign(new Error('permission denied'), { code: 'EACCES' }));
  expect((await findTranscripts(folder)).map(({ path }) => path).sort()).toEqual([agent, kept]);
});

it('reports a folder that cannot be read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'claude-trace-transcripts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const closed = join(folder, 'closed');
  mkdirSync(closed);
  const denied = Object.assign(new Error('permission denied'), { code: 'EACCES' });
  const real = await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises');
  const read = (path: string, options: object) =>
    path === closed ? Promise.reject(denied) : real.readdir(path, options);
  vi.mocked(readdir).mockImplementation(read as never);
  const reported: unknown[] = [];
  expect(await findTranscripts(folder, (...each) => reported.push(each))).toEqual([]);
  expect(reported).toEqual([[closed, denied]]);
});
