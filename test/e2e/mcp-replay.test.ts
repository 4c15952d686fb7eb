import { existsSync } from 'node:fs';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { storedTapes } from '../../src/history/tapes.js';
import { writeTape } from '../../src/mcp/tape/index.js';
import { openReader } from '../../src/store/index.js';
import { tapeHead } from '../mcp/support/tapes.js';
import { type Ended, newSandbox, type Sandbox } from '../support/product.js';

const CLAUDE = fileURLToPath(new URL('../support/mcp/claude.mjs', import.meta.url));
const SERVER = fileURLToPath(new URL('../support/mcp/stdio-server.mjs', import.meta.url));
const PLAN = [
  { tool: 'echo', arguments: { text: 'zwölf' } },
  { tool: 'odd' },
  { tool: 'echo', arguments: { text: 'again' } },
];

let sandbox: Sandbox;
let log: string;
beforeEach(async () => {
  sandbox = await newSandbox();
  log = join(sandbox.root, 'server.log');
  await configure('tickets');
  await mkdir(join(sandbox.root, 'bin'));
  const program = `#!${process.execPath}\nimport(${JSON.stringify(CLAUDE)});\n`;
  await writeFile(join(sandbox.root, 'bin', 'claude'), program, { mode: 0o755 });
});

async function configure(...names: string[]): Promise<void> {
  const entry = (name: string) => ({
    command: process.execPath,
    args: [SERVER, name === 'tickets' ? log : `${log}.${name}`],
  });
  const mcpServers = Object.fromEntries(names.map((name) => [name, entry(name)]));
  await writeFile(join(sandbox.env.HOME ?? '', '.claude.json'), JSON.stringify({ mcpServers }));
}

function wrap(args: readonly string[], steps: readonly object[] = PLAN): Promise<Ended> {
  const plan = JSON.stringify(steps.map((step) => ({ server: 'tickets', ...step })));
  return sandbox.run(['wrap', ...args, '--', join(sandbox.root, 'bin', 'claude'), plan]);
}

const results = ({ stdout }: Ended) =>
  stdout
    .toString()
    .split('\n')
    .filter((line) => line.includes('"result"') || line.includes('"error"'));

/** Records a session, and writes its tape. */
async function recordedTape(): Promise<{ file: string; live: string[] }> {
  const live = results(await wrap(['--mcp']));
  const file = join(sandbox.root, 'a b.tape.jsonl');
  const reader = openReader(sandbox.database);
  const [tape] = storedTapes(reader, {});
  if (tape === undefined) throw new Error('nothing was recorded');
  await writeTape(file, tape.head, tape.frames);
  reader.close();
  return { file, live };
}

describe('claude-trace wrap --replay', () => {
  it('answers for the recorded servers, starts none of them, and leaves the others alone', async () => {
    const { file, live } = await recordedTape();
    expect(live).toHaveLength(3);
    await configure('tickets', 'other');
    const before = (await stat(log)).mtimeMs;
    const ended = await wrap(
      ['--replay', file],
      [...PLAN, { server: 'other', tool: 'echo', arguments: { text: 'real' } }],
    );
    expect(results(ended)).toEqual([...live, expect.stringContaining('real')]);
    expect((await stat(log)).mtimeMs).toBe(before);
    const reader = openReader(sandbox.database);
    const [replayed, ...others] = reader.mcpConnections();
    expect(replayed).toMatchObject({ name: 'tickets', synthetic: true, lost: 0, server: { name: 'scripted' } });
    expect(others).toMatchObject([{ name: 'tickets', synthetic: false }]);
    // What a replay answers is in no statistics.
    expect(reader.mcpServers({ runId: replayed?.runId })).toMatchObject([{ server: 'tickets', calls: 0 }]);
    reader.close();
    expect((await readdir(sandbox.tmp)).filter((name) => name.startsWith('claude-trace'))).toEqual([]);
    expect((await readdir(sandbox.root)).filter((name) => name.includes('started'))).toEqual([]);
  });

  it('adds servers that the configuration does not have', async () => {
    const { file, live } = await recordedTape();
    await configure();
    expect(results(await wrap(['--replay', file]))).toEqual(live);
  });

  it.each<[string, string[], RegExp, number]>([
    ['a session where none was recorded', ['--replay', 'last'], /Nothing captured yet/, 1],
    ['no words', ['--replay'], /--replay/, 2],
    ['recording switched off', ['--no-mcp', '--replay', 'x'], /mcp\.enabled/, 2],
  ])('starts nothing with %s', async (_what, args, message, exitCode) => {
    const ended = await wrap(args);
    expect({ exitCode: ended.exitCode, stdout: ended.stdout.toString() }).toEqual({ exitCode, stdout: '' });
    expect(ended.stderr.toString()).toMatch(message);
    expect(existsSync(log)).toBe(false);
  });

  it('starts nothing where there are more tapes than a configuration holds', async () => {
    const file = join(sandbox.root, 'a.tape.jsonl');
    await writeTape(file, tapeHead(), []);
    const ended = await wrap(['--replay', ...Array.from({ length: 1_500 }, () => file)]);
    expect([ended.exitCode, ended.stdout.toString()]).toEqual([1, '']);
    expect(ended.stderr.toString()).toContain('too many tapes of these servers: tickets');
    expect(existsSync(log)).toBe(false);
    expect((await readdir(sandbox.tmp)).filter((name) => name.startsWith('claude-trace'))).toEqual([]);
  });

  it('starts nothing where it could not replay', async () => {
    const file = join(sandbox.root, 'empty.tape.jsonl');
    await writeTape(file, tapeHead(), []);
    const other = await sandbox.run(['wrap', '--replay', file, '--', 'true']);
    expect([other.exitCode, other.stderr.toString()]).toEqual([2, expect.stringContaining('Claude Code')]);
    await sandbox.configure({ enabled: false });
    const off = await wrap(['--replay', file]);
    expect([off.exitCode, off.stdout.toString()]).toEqual([1, '']);
    expect(off.stderr.toString()).toContain('Nothing was started: tracing is off');
  });
});
