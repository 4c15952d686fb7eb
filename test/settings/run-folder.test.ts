import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeRunFolder, removeDeadRunFolders } from '../../src/settings/run-folder.js';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'run-folders-'));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const LONG_AGO = new Date('2020-01-01');

/** A folder with a file, with the name of one that another process made. */
async function folder(change: (own: string) => string, isOld = true): Promise<string> {
  const own = makeRunFolder(parent);
  await rm(own, { recursive: true });
  const path = join(parent, change(basename(own)));
  await mkdir(path, { mode: 0o700 });
  await writeFile(join(path, 'ca.pem'), 'x');
  if (isOld) await utimes(path, LONG_AGO, LONG_AGO);
  return path;
}

const { pid: dead } = spawnSync(process.execPath, ['-e', '']);
const ofDead = (own: string) => own.replace(String(process.pid), String(dead));

describe('the folder of a run', () => {
  it('is removed once its process is gone', async () => {
    const gone = await folder(ofDead);
    await removeDeadRunFolders([parent, join(parent, 'missing')]);
    expect(existsSync(gone)).toBe(false);
  });

  it('stays while its process runs, while it is new, and where it may be of other processes, or of somebody else', async () => {
    const elsewhere = await folder((own) => ofDead(own).replace(/-\w+-(\w{6})$/, '-other0-$1'));
    const kept = [
      await folder((own) => own),
      await folder((own) => own.replace(String(process.pid), '1')),
      await folder(ofDead, false),
      elsewhere,
      await folder(() => 'claude-trace-mine'),
      await folder((own) => `my-${ofDead(own)}`),
    ];
    const link = join(parent, ofDead(basename(await folder((own) => own))));
    await symlink(elsewhere, link);
    await removeDeadRunFolders([parent]);
    expect([...kept, link, join(elsewhere, 'ca.pem')].filter((path) => !existsSync(path))).toEqual([]);
  });
});
