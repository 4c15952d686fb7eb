import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import type { McpMessageDetail } from '../../src/model/mcp-rows.js';
import { openReaderOrEmpty } from '../../src/store/index.js';
import { isRunning } from '../support/mcp/shim-program.js';
import type { Ended, RunningProgram } from '../support/product/program.js';
import { newSandbox, notices, type Sandbox, untilTrue } from '../support/product.js';

const CLAUDE = fileURLToPath(new URL('../support/mcp/claude.mjs', import.meta.url));
const SERVER = fileURLToPath(new URL('../support/mcp/stdio-server.mjs', import.meta.url));
const DYING = fileURLToPath(new URL('../support/product/dying-thread.cjs', import.meta.url));
const ENV_VALUE = 'zorblax-env-0123456789';
const ARGUMENT = 'zorblax-argument-0123456789';

type Step = { tool: string; arguments?: object; times?: number } | { waitFor: string };

let sandbox: Sandbox;
let log: string;
beforeEach(async () => {
  sandbox = await newSandbox();
  log = join(sandbox.root, 'server.log');
  const entry = { command: process.execPath, args: [SERVER, log, `--key=${ARGUMENT}`], env: { ANY: ENV_VALUE } };
  await writeFile(join(sandbox.env.HOME ?? '', '.claude.json'), JSON.stringify({ mcpServers: { tickets: entry } }));
  await mkdir(join(sandbox.root, 'bin'));
  const program = `#!${process.execPath}\nimport(${JSON.stringify(CLAUDE)});\n`;
  await writeFile(join(sandbox.root, 'bin', 'claude'), program, { mode: 0o755 });
});

/** `claude` behind `wrap`, with these calls of tools of one server. */
function start(steps: Step[], args: readonly string[] = ['--mcp'], env: Record<string, string> = {}): RunningProgram {
  const plan = JSON.stringify(steps.map((step) => ({ server: 'tickets', ...step })));
  return sandbox.start(['wrap', ...args, '--', join(sandbox.root, 'bin', 'claude'), plan], { env });
}

type ClaudeEvent = {
  event: string;
  text?: string;
  length?: number;
  pid?: number;
  message?: string;
  options?: string[];
};

function eventsOf({ stdout }: Pick<Ended, 'stdout'>): ClaudeEvent[] {
  return stdout
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

const results = (ended: Ended) => eventsOf(ended).flatMap(({ event, text }) => (event === 'result' ? [text] : []));

/** Everything recorded of MCP. */
function recorded() {
  const reader = openReaderOrEmpty(sandbox.database);
  try {
    return reader.mcpConnections().map((connection) => ({
      connection,
      calls: reader.mcpCalls(),
      messages: reader
        .mcpMessages(connection.id, { limit: 100_000, offset: 0 })
        .rows.map(({ id }) => reader.mcpMessage(id)),
    }));
  } finally {
    reader.close();
  }
}

/** Lines that passed, as the server saw them. */
async function logged(sender: string): Promise<string[]> {
  const entries = (await readFile(log, 'utf8')).split('\n').filter((line) => line !== '');
  const bytes = entries
    .map((line) => JSON.parse(line))
    .flatMap((entry) => (entry.sender === sender ? [entry.bytes] : []));
  return Buffer.concat(bytes.map((each) => Buffer.from(each, 'base64')))
    .toString()
    .split(/\r?\n/)
    .filter((line) => line !== '');
}

const textsOf = (messages: readonly McpMessageDetail[], sender: string) =>
  messages.flatMap((message) => (message.sender === sender ? [Buffer.from(message.bytes ?? []).toString()] : []));

describe('a stdio server behind wrap --mcp', () => {
  it('is recorded byte for byte, and ends as it would without', async () => {
    const ended = await start([
      { tool: 'echo', arguments: { text: 'hällo' } },
      { tool: 'odd' },
      { tool: 'echo', arguments: { text: 'ok' } },
    ]).ended;
    expect(ended.exitCode).toBe(5);
    expect(results(ended)).toEqual(['hällo', 'odd', 'ok']);
    const [only] = recorded();
    expect(only?.connection).toMatchObject({
      name: 'tickets',
      scope: 'user',
      transport: 'stdio',
      server: { name: 'scripted', version: '1.0.0' },
      exit: 'exit code 0',
      lost: 0,
    });
    for (const sender of ['client', 'server']) {
      expect(textsOf(only?.messages ?? [], sender).toSorted()).toEqual((await logged(sender)).toSorted());
    }
    expect(only?.calls.map(({ name, state, toolUseId }) => [name, state, toolUseId]).toSorted()).toEqual([
      ['echo', 'ok', 'toolu_0'],
      ['echo', 'ok', 'toolu_2'],
      ['odd', 'ok', 'toolu_1'],
    ]);
  });

  it('has the same environment as without, apart from the variables of the session', async () => {
    const environment = async () => JSON.parse(await readFile(`${log}.env`, 'utf8'));
    await start([], [], { NODE_OPTIONS: '--max-old-space-size=2000' }).ended;
    const direct = await environment();
    await start([], ['--mcp'], { NODE_OPTIONS: '--max-old-space-size=2000' }).ended;
    const shimmed = await environment();
    expect(Object.keys(shimmed).toSorted()).toEqual(Object.keys(direct).toSorted());
    const differing = Object.keys(direct).filter((name) => direct[name] !== shimmed[name]);
    expect(differing.filter((name) => !/_PROXY$|CA_CERTS$/i.test(name))).toEqual([]);
    expect(shimmed.ANY).toBe(ENV_VALUE);
  });

  it('leaves its secrets in no file, during the run and after it, and no file of ours', async () => {
    const program = start([{ tool: 'environment', arguments: { name: 'ANY' } }, { waitFor: 'go' }]);
    await program.says('"result"');
    const [config] = (await readdir(sandbox.tmp, { recursive: true })).filter((name) => name.endsWith('mcp.json'));
    const written = JSON.parse(await readFile(join(sandbox.tmp, config ?? ''), 'utf8'));
    expect(Object.keys(written.mcpServers)).toEqual(['tickets']);
    const isSecretIn = async () => {
      const bytes = Buffer.concat(await Promise.all([sandbox.tmp, sandbox.dataDir].map(sandbox.bytesBelow)));
      return [ENV_VALUE, ARGUMENT].filter((secret) => bytes.includes(secret));
    };
    await expect.poll(() => recorded()[0]?.calls.length).toBe(1);
    expect(await isSecretIn()).toEqual([]);
    program.process.stdin.end('go\n');
    expect(results(await program.ended)).toEqual([ENV_VALUE]);
    expect(await isSecretIn()).toEqual([]);
    expect(recorded()[0]?.messages.some(({ redacted }) => redacted)).toBe(true);
    expect((await readdir(sandbox.tmp)).filter((name) => name.startsWith('claude-trace'))).toEqual([]);
  });

  it.each([
    ['without --mcp', [], {}],
    ['with --no-mcp', ['--no-mcp'], { 'mcp.stdio': true }],
    ['when it is excluded', ['--mcp'], { 'mcp.exclude': ['tick*'] }],
  ])('is left alone %s', async (_title, args, config) => {
    await sandbox.configure(config);
    const ended = await start([{ tool: 'echo', arguments: { text: 'x' } }], args).ended;
    expect(eventsOf(ended)[0]).toMatchObject({ event: 'start', options: [] });
    expect(results(ended)).toEqual(['x']);
    expect(recorded()).toEqual([]);
  });

  it('is recorded with mcp.stdio', async () => {
    await sandbox.configure({ 'mcp.stdio': true });
    await start([], []).ended;
    expect(recorded()).toHaveLength(1);
  });

  it('a server that crashes fails as without claude-trace, and its end is recorded', async () => {
    const direct = eventsOf(await start([{ tool: 'crash' }], []).ended).slice(2);
    const ended = await start([{ tool: 'crash' }]).ended;
    expect(eventsOf(ended).slice(2)).toEqual(direct);
    expect(recorded()).toMatchObject([{ connection: { exit: 'exit code 3' } }]);
  });

  it('an answer longer than a line that is kept: the client gets all, the record its beginning and its size', async () => {
    const size = 20 * 1024 * 1024;
    const ended = await start([{ tool: 'big', arguments: { bytes: size } }]).ended;
    expect(eventsOf(ended)).toContainEqual(expect.objectContaining({ event: 'result', length: size }));
    const [only] = recorded();
    const answer = only?.messages.find(({ truncated }) => truncated);
    expect(answer?.size).toBeGreaterThan(size);
    expect(only?.connection.lost).toBe(0);
  });

  it('a server that sends thousands of messages a second: each is recorded, or counted as lost', async () => {
    const ended = await start([{ tool: 'flood', arguments: { messages: 5_000 } }]).ended;
    expect(results(ended)).toEqual(['flooded']);
    const [only] = recorded();
    const all = (await logged('client')).length + (await logged('server')).length;
    expect((only?.messages.length ?? 0) + (only?.connection.lost ?? 0)).toBe(all);
    expect(only?.connection.lost).toBe(0);
  });
});

describe('when something of claude-trace fails', () => {
  async function mortal(steps: Step[]) {
    const folder = join(sandbox.root, 'dying');
    await mkdir(folder);
    const program = start(steps, ['--mcp'], { NODE_OPTIONS: `--require=${DYING}`, DYING_THREADS: folder });
    const kill = async (thread: string) => {
      await writeFile(join(folder, thread), '');
      await untilTrue(() => !existsSync(join(folder, thread)));
    };
    return { program, kill };
  }
  const steps: Step[] = [
    { tool: 'echo', arguments: { text: 'before' } },
    { waitFor: 'go' },
    { tool: 'echo', arguments: { text: 'after' } },
  ];

  it.each(['traffic', 'recorder'])('a new %s thread goes on recording', async (thread) => {
    const { program, kill } = await mortal(steps);
    await program.says('before');
    await untilTrue(() => recorded()[0]?.calls.length === 1);
    await kill(thread);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    program.process.stdin.end('go\n');
    const ended = await program.ended;
    expect(ended.exitCode).toBe(5);
    expect(results(ended)).toEqual(['before', 'after']);
    const [only, ...more] = recorded();
    expect(more).toEqual([]);
    expect(only?.calls.map(({ state }) => state)).toEqual(['ok', 'ok']);
    for (const sender of ['client', 'server']) {
      expect(textsOf(only?.messages ?? [], sender).toSorted()).toEqual((await logged(sender)).toSorted());
    }
    expect(only?.connection).toMatchObject({ exit: 'exit code 0', lost: 0 });
  });

  it('the session goes on when wrap is killed, and leaves no process behind', async () => {
    const program = start(steps);
    await program.says('before');
    const pids = eventsOf({ stdout: Buffer.from(await program.says('before')) }).flatMap(({ pid }) => pid ?? []);
    expect(pids).toHaveLength(2);
    program.process.kill('SIGKILL');
    program.process.stdin.end('go\n');
    await program.says('after');
    for (const pid of pids) await expect.poll(() => isRunning(pid)).toBe(false);
  });

  it('the servers end when the command is killed', async () => {
    const program = start(steps);
    const [claude, shim] = eventsOf({ stdout: Buffer.from(await program.says('before')) }).flatMap(
      ({ pid }) => pid ?? [],
    );
    if (claude === undefined || shim === undefined) throw new Error('unreachable');
    process.kill(claude, 'SIGKILL');
    expect(await program.ended).toMatchObject({ signal: 'SIGKILL' });
    await expect.poll(() => isRunning(shim)).toBe(false);
    expect(recorded()).toMatchObject([{ connection: { exit: 'exit code 0' } }]);
  });

  it('a temporary folder that cannot be written: wrap says that nothing is recorded', async () => {
    const program = start([{ tool: 'echo', arguments: { text: 'x' } }], ['--mcp'], {
      TMPDIR: join(sandbox.root, 'missing'),
    });
    const ended = await program.ended;
    expect(results(ended)).toEqual(['x']);
    expect(notices(ended).join('\n')).toMatch(/Stdio MCP servers were not recorded|Cannot start the proxy/);
  });
});
