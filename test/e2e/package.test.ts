import { existsSync } from 'node:fs';
import { cp, readdir, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SQLITE_PACKAGE } from '../../src/store/sqlite.js';
import { newSandbox, type Sandbox } from '../support/product.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Native code is built from source if no binary is available: a minute or two. */
const INSTALL_TIMEOUT_MS = 600_000;

const cleanups: (() => unknown)[] = [];
let sandbox: Sandbox;
/** The installed command. */
let bin: string;
let installed: string;
/** The folder of SQLite's native code. */
let binaries: string;

/**
 * Packs what `npm test` has built, and installs that into a clean prefix, as `npm install -g` does, but for the native
 * code: if no binary is available, `npm ci` has just built the same from source, with both cores for minutes.
 */
beforeAll(async () => {
  sandbox = await newSandbox((cleanup) => cleanups.push(cleanup));
  const prefix = join(sandbox.root, 'prefix');
  // Without scripts: packing would build again, under the feet of the other tests.
  await execa('npm', ['pack', '--ignore-scripts', '--pack-destination', sandbox.root], { cwd: ROOT });
  const tarball = (await readdir(sandbox.root)).find((name) => name.endsWith('.tgz')) ?? '';
  const quietly = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel', 'error'];
  await execa('npm', ['install', '-g', '--prefix', prefix, ...quietly, join(sandbox.root, tarball)], {
    cwd: sandbox.root,
  });
  bin = join(prefix, 'bin', 'claude-trace');
  installed = join(prefix, 'lib', 'node_modules', 'claude-trace');
  binaries = join(
    installed,
    'node_modules',
    SQLITE_PACKAGE,
    SQLITE_PACKAGE === 'better-sqlite3' ? 'prebuilds' : 'build',
  );
  if (!existsSync(binaries)) await provideBinaries();
}, INSTALL_TIMEOUT_MS);
afterAll(async () => {
  for (const cleanup of cleanups) await cleanup();
});

/** Version 12 has none without its install script. */
async function provideBinaries(): Promise<void> {
  const ours = join(ROOT, 'node_modules', SQLITE_PACKAGE);
  const theirs = dirname(binaries);
  if ((await versionOf(ours)) === (await versionOf(theirs)))
    await cp(join(ours, 'build'), binaries, { recursive: true });
  else await execa('npm', ['rebuild', SQLITE_PACKAGE], { cwd: installed });
}

async function versionOf(folder: string): Promise<string> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')).version;
}

const run = (...args: string[]) =>
  sandbox.startOther([bin, ...args], { env: { PATH: `${dirname(process.execPath)}:${sandbox.env.PATH}` } }).ended;

describe('the package, installed globally, without the repository', () => {
  it('holds the program and its papers, and no source, test or map', async () => {
    expect((await readdir(installed)).toSorted()).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'dist', 'package.json']),
    );
    const files = await readdir(installed, { recursive: true });
    const ours = files.filter((file) => !file.startsWith('node_modules'));
    expect(ours.filter((file) => /\.(ts|map)$|^(src|test|bench)\b/.test(file))).toEqual([]);
  });

  it('brings a manual page, where man finds it', async () => {
    const page = await readFile(join(sandbox.root, 'prefix', 'share', 'man', 'man1', 'claude-trace.1'), 'utf8');
    expect(page).toMatch(/^\.TH CLAUDE/);
  });

  it('runs: --version, and a whole session of demo', async () => {
    const version = await run('--version');
    expect({ ...version, stdout: version.stdout.toString() }).toMatchObject({ exitCode: 0, stdout: '0.1.0\n' });
    const demo = await run('demo');
    expect({ exitCode: demo.exitCode, text: demo.stdout.toString() }).toMatchObject({
      exitCode: 0,
      text: expect.stringContaining('mcp:serena'),
    });
  });

  it('without its native binding tells how to get it, and wrap still runs the command', async () => {
    await rename(binaries, `${binaries}-gone`);
    const wrapped = await run('wrap', '--', 'sh', '-c', 'echo ran; exit 6');
    expect(wrapped).toMatchObject({ exitCode: 6, stdout: Buffer.from('ran\n') });
    const lines = wrapped.stderr.toString().split('\n');
    expect(lines.filter((line) => line.includes('SQLite cannot be loaded'))).toHaveLength(1);

    const doctor = await run('doctor');
    expect(doctor.exitCode).toBe(1);
    expect(doctor.stdout.toString()).toMatch(/^FAIL {2}database .*SQLite cannot be loaded/m);

    await rename(`${binaries}-gone`, binaries);
    expect((await run('wrap', '--', 'true')).exitCode).toBe(0);
    await rename(binaries, `${binaries}-gone`);
    const query = await run('query');
    expect(query).toMatchObject({ exitCode: 1, stdout: Buffer.alloc(0) });
    expect(query.stderr.toString()).toMatch(/^claude-trace: SQLite cannot be loaded[^\n]*\n$/);
  });
});
