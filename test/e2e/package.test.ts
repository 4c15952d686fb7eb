import { existsSync } from 'node:fs';
import { cp, readdir, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { BundledPackage } from '../../scripts/sbom/shipped-components.js';
import { SQLITE_PACKAGE } from '../../src/store/sqlite.js';
import { answers, client, message } from '../support/product/client.js';
import { newSandbox, notices, type Sandbox, untilTrue } from '../support/product.js';
import { say, startScriptedApi } from '../support/scripted-api.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Native code is built from source if no binary is available: a minute or two. */
const INSTALL_TIMEOUT_MS = 600_000;

const PROMISED = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'deploy/claude-trace-gateway.service',
  'dist/THIRD-PARTY-LICENSES.txt',
  'dist/bundled-packages.json',
  'dist/claude-trace.1',
  'dist/cli/main.js',
  'docs/commands.md',
  'docs/gateway.example.yaml',
  'docs/rules.schema.json',
  'package.json',
];
const EXPECTED = [
  /^(CHANGELOG|README|SECURITY)\.md$|^LICENSE$|^package\.json$/,
  /^deploy\/([\w-]+\.(ya?ml|service)|grafana\/[\w-]+\.json)$/,
  /^dist\/(cli|demo|mcp|rules|runtime)\/([\w-]+\/)*[\w-]+\.c?js$/,
  /^dist\/(THIRD-PARTY-LICENSES\.txt|bundled-packages\.json|claude-trace\.1)$/,
  /^docs\/[\w.-]+\.(md|json|yaml)$/,
];
/** What must be in no file that is published. */
const FORBIDDEN = {
  'a private key': /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*[\w+/=]{40}/,
  'a key of the Claude API': /sk-ant-[\w-]{40}/,
  'a token of npm, GitHub or AWS': /\bnpm_\w{36}\b|\bgh[pousr]_\w{36}\b|\bAKIA[0-9A-Z]{16}\b|_authToken=\S/,
  'a path of the machine that built it': { test: (text: string) => text.includes(ROOT) },
  'a source map': /^\/\/[#@] sourceMappingURL=/m,
};

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
  const quietly = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel', 'error'];
  await execa('npm', ['install', '-g', '--prefix', prefix, ...quietly, join(sandbox.root, await tarball())], {
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

async function tarball(): Promise<string> {
  return (await readdir(sandbox.root)).find((name) => name.endsWith('.tgz')) ?? '';
}

/** Our own, not those of dependencies. */
async function filesOf(folder: string): Promise<{ path: string; text: string }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  return Promise.all(
    paths
      .filter((path) => !path.startsWith('node_modules'))
      .map(async (path) => ({ path, text: await readFile(join(folder, path), 'utf8') })),
  );
}

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

const withNode = () => ({ PATH: `${dirname(process.execPath)}:${sandbox.env.PATH}` });

const run = (...args: string[]) => sandbox.startOther([bin, ...args], { env: withNode() }).ended;

describe('the package, installed globally, without the repository', () => {
  it('holds the program and its papers, and nothing else', async () => {
    const files = (await filesOf(installed)).map(({ path }) => path);
    expect(files).toEqual(expect.arrayContaining(PROMISED));
    expect(files.filter((file) => !EXPECTED.some((pattern) => pattern.test(file)))).toEqual([]);
  });

  it('is no larger than it was, with some room', async () => {
    const sizes = (await filesOf(installed)).map(({ text }) => Buffer.byteLength(text));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(20_000_000);
    expect((await stat(join(sandbox.root, await tarball()))).size).toBeLessThan(5_000_000);
  });

  it('holds no key, no token, no path of the machine that built it, and no reference to a source map', async () => {
    const found = (await filesOf(installed)).flatMap(({ path, text }) =>
      Object.entries(FORBIDDEN).flatMap(([what, pattern]) => (pattern.test(text) ? [`${what} in ${path}`] : [])),
    );
    expect(found).toEqual([]);
  });

  it('names every package that is in its bundles, with its licence', async () => {
    const files = await filesOf(installed);
    const textOf = (name: string) => files.find(({ path }) => path === name)?.text ?? '';
    const listed: BundledPackage[] = JSON.parse(textOf('dist/bundled-packages.json'));
    // Above the code of each file, esbuild says where it is from.
    const used = files
      .filter(({ path }) => /\.c?js$/.test(path))
      .flatMap(({ text }) => [
        ...text.matchAll(/^\s*\/\/ (?:\S+:)?node_modules\/(?:\S+\/node_modules\/)?((?:@[^/\s]+\/)?[^/\s]+)\//gm),
      ])
      .map(([, name = '']) => name);
    expect([...new Set(used)].toSorted()).toEqual([...new Set(listed.map(({ name }) => name))].toSorted());
    const licences = textOf('dist/THIRD-PARTY-LICENSES.txt');
    expect(listed.filter(({ name, version }) => !licences.includes(`\n${name} ${version}\n===`))).toEqual([]);
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

  it('a package that is removed while it runs stores all requests, and exits as the command does', async () => {
    const api = await startScriptedApi({ script: say('Hello.') });
    onTestFinished(() => api.close());
    const requests = ['one', 'two'].map((text) => ({ body: message(text), waitFor: 'go on' }));
    const program = sandbox.startOther([bin, 'wrap', '--', ...client({ requests, exitCode: 6 })], {
      env: { ...withNode(), ...(await sandbox.behind(api)) },
    });
    await program.says('"start"');
    const before = sandbox.stored().length;
    program.process.stdin.write('go on\n');
    // The recorder boots a second after the command.
    await untilTrue(() => sandbox.stored().length > before);
    await rename(installed, `${installed}-gone`);
    onTestFinished(() => rename(`${installed}-gone`, installed));
    program.process.stdin.write('go on\n');
    const ended = await program.ended;
    expect(ended.exitCode).toBe(6);
    expect(answers(ended)).toHaveLength(2);
    expect(notices(ended).at(-1)).toMatch(/^2 requests, /);
    const stored = sandbox.stored().slice(-2);
    expect(stored.map(({ detail }) => detail.state)).toEqual(['complete', 'complete']);
  });

  it('a package without its native binding says how to get it, and wrap still runs the command', async () => {
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
