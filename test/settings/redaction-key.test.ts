import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadRedactionKey } from '../../src/settings/redaction-key.js';

const MODULE = new URL('../../src/settings/redaction-key.ts', import.meta.url).href;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'claude-trace-key-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('loadRedactionKey', () => {
  it('makes a key that only its owner can read, and reads the same one later', async () => {
    const file = join(folder, 'data', 'redaction.key');
    const key = loadRedactionKey(file);
    expect(key).toHaveLength(32);
    expect(Buffer.from(loadRedactionKey(file)).equals(key)).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(folder, 'data'))).toEqual(['redaction.key']);
  });

  it('gives every folder its own key', () => {
    const keys = ['a', 'b'].map((name) => Buffer.from(loadRedactionKey(join(folder, name, 'redaction.key'))));
    expect(keys[0]?.equals(keys[1] ?? Buffer.alloc(0))).toBe(false);
  });

  it('gives processes that start together the same key', async () => {
    const file = join(folder, 'redaction.key');
    const script = `const { loadRedactionKey } = await import(${JSON.stringify(MODULE)});
      console.log(Buffer.from(loadRedactionKey(${JSON.stringify(file)})).toString('hex'));`;
    const runs = [0, 1, 2, 3].map(() =>
      promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]),
    );
    const keys = (await Promise.all(runs)).map(({ stdout }) => stdout.trim());
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(keys).size).toBe(1);
    expect(await readdir(folder)).toEqual(['redaction.key']);
  });

  it('gives a key for this run only when the folder cannot be made', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const keys = [0, 1].map(() => Buffer.from(loadRedactionKey(join(file, 'redaction.key'))));
    expect(keys[0]).toHaveLength(32);
    expect(keys[0]?.equals(keys[1] ?? Buffer.alloc(0))).toBe(false);
  });

  it('does not use a file of another size, and does not overwrite it', async () => {
    const file = join(folder, 'redaction.key');
    await writeFile(file, 'short');
    expect(loadRedactionKey(file)).toHaveLength(32);
    expect((await stat(file)).size).toBe(5);
    expect(await readdir(folder)).toEqual(['redaction.key']);
  });
});
