import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { listenForShims, type ShimServer } from '../../src/mcp/socket/listen.js';
import type { PauseEvent } from '../../src/model/paused-message.js';
import type { McpEvent } from '../../src/wire/index.js';
import { isRunning, startIdleClient, throughRuledShim } from '../support/mcp/shim-program.js';
import { type RunningProgram, startProgram } from '../support/product/program.js';
import { newSandbox, type Sandbox } from '../support/product.js';

const node = (script: string) => [process.execPath, '-e', script];
/** Prints its pid, answers each line, and runs `stop`. */
const SERVER = `
  console.log('server ' + process.pid + ' ');
  const lines = require('node:readline').createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const { id, method } = JSON.parse(line);
    if (method === 'die') process.exit(3);
    console.log(JSON.stringify({ jsonrpc: '2.0', id, result: { method } }));
  });`;
const request = (id: number, method: string) => `${JSON.stringify({ jsonrpc: '2.0', id, method, params: {} })}\n`;

const REQUESTS = '{ method: held }';
const ANSWERS = '{ method: held, kind: response }';

let sandbox: Sandbox;
let listener: ShimServer;
let pauses: PauseEvent[];
let events: McpEvent[];
beforeEach(async () => {
  sandbox = await newSandbox();
  [pauses, events] = [[], []];
  listener = await listenForShims(join(sandbox.root, 's'), (event) => events.push(event), {
    text: () => rules,
    onPause: (event) => pauses.push(event),
    onFailed: (message) => expect.unreachable(message),
    onRuleFailed: ({ lastError }) => expect.unreachable(lastError),
  });
  onTestFinished(() => listener.close());
});

let rules = '';
async function ruled(when: string, server = SERVER): Promise<string[]> {
  rules = `version: 1\nrules:\n  - { id: hold, when: ${when}, then: [{ pause: { limit_ms: 600000 } }] }\n`;
  const file = join(sandbox.root, 'rules.yaml');
  await writeFile(file, rules);
  return throughRuledShim(node(server), { socket: join(sandbox.root, 's'), rules: file });
}

async function start(command: readonly string[]): Promise<{ program: RunningProgram; server: number }> {
  const program = startProgram(command, { env: sandbox.env });
  onTestFinished(() => program.kill());
  return { program, server: await pidSaid(program, 'server') };
}

async function pidSaid(program: RunningProgram, word: string): Promise<number> {
  return Number(new RegExp(`${word} (\\d+)`).exec(await program.says(`${word} `))?.[1]);
}

async function paused(): Promise<void> {
  await expect.poll(() => pauses.map(({ type }) => type)).toEqual(['paused']);
}

/** The message is no longer shown, and a late `resume` changes nothing. */
async function released(): Promise<void> {
  await expect.poll(() => pauses.map(({ type }) => type)).toEqual(['paused', 'released']);
  const [event] = pauses;
  if (event?.type === 'paused') listener.resume(event.message.id);
  const ruled = events
    .flatMap((each) => (each.type === 'mcp_lines' ? each.lines : []))
    .flatMap(({ ruled }) => ruled ?? []);
  expect(ruled).toMatchObject([{ dropped: true, hits: [{ rule: 'hold' }] }]);
}

describe.each([
  ['a request', REQUESTS],
  ['an answer', ANSWERS],
])('while %s is paused', (_title, when) => {
  it('a server that crashes while a message is paused ends the connection as without claude-trace', async () => {
    const { program, server } = await start(await ruled(when));
    program.process.stdin.write(request(1, 'held') + request(2, 'other'));
    await paused();
    await program.says('"id":2');
    program.process.stdin.write(request(3, 'die'));
    await once(program.process, 'exit');
    const ended = await program.ended;
    expect(ended).toMatchObject({ exitCode: 3, signal: null });
    expect(ended.stdout.toString()).not.toContain('"id":1');
    await released();
    expect(await isRunning(server)).toBe(false);
  });

  it('a server that is killed ends the connection, too', async () => {
    const { program, server } = await start(await ruled(when));
    program.process.stdin.write(request(1, 'held'));
    await paused();
    process.kill(server, 'SIGKILL');
    await once(program.process, 'exit');
    expect(await program.ended).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
    await released();
  });

  it('a client that leaves ends both', async () => {
    const { program, server } = await start(await ruled(when));
    program.process.stdin.write(request(1, 'held'));
    await paused();
    const ended = await program.ended;
    expect(ended.exitCode).toBe(0);
    expect(ended.stdout.toString()).not.toContain('"id":1');
    await released();
    expect(await isRunning(server)).toBe(false);
  });

  it('a client that sends SIGTERM ends both, too', async () => {
    const { program, server } = await start(await ruled(when));
    program.process.stdin.write(request(1, 'held'));
    await paused();
    program.process.kill('SIGTERM');
    await once(program.process, 'exit');
    expect(await program.ended).toMatchObject({ signal: 'SIGTERM' });
    await released();
    expect(await isRunning(server)).toBe(false);
  });

  it('a client that is killed leaves no process', async () => {
    const client = startIdleClient(await ruled(when));
    onTestFinished(() => client.kill());
    const pids = [await pidSaid(client, 'shim'), await pidSaid(client, 'server')];
    client.process.stdin.write(request(1, 'held'));
    await paused();
    client.process.kill('SIGKILL');
    for (const pid of pids) await expect.poll(() => isRunning(pid)).toBe(false);
    await released();
  });
});
