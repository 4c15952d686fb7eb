import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeTape } from '../../src/mcp/tape/index.js';
import { openStore } from '../../src/store/index.js';
import { modernServer } from '../mcp/support/modern-server.js';
import { type Address, legacySession, modernSession } from '../mcp/support/sdk-clients.js';
import { streamableServer } from '../mcp/support/sdk-http-servers.js';
import { call, initialize, type Line, modernHead, tapeOf, text } from '../mcp/support/tapes.js';
import { aConnection, aMessage } from '../store/support/mcp-records.js';
import { aRequest, aRun } from '../store/support/records.js';
import { MAIN, newSandbox, notices, type Sandbox } from '../support/product.js';

const BUNDLE = fileURLToPath(new URL('../../dist/mcp/replay/main.cjs', import.meta.url));
const SCRIPTED = fileURLToPath(new URL('../support/mcp/stdio-server.mjs', import.meta.url));

let sandbox: Sandbox;
let file: string;
beforeEach(async () => {
  sandbox = await newSandbox();
  file = join(sandbox.root, 'tickets.tape.jsonl');
});

async function save(lines: readonly Line[], head: Parameters<typeof tapeOf>[1] = {}): Promise<void> {
  const tape = tapeOf(lines, head);
  await writeTape(file, tape.head, tape.frames);
}

const inputOf = (...messages: object[]) =>
  messages.map((message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`).join('');

describe('claude-trace replay', () => {
  it('replaces servers of both eras in the configuration of clients of both SDKs', async () => {
    const stdio: Address = [process.execPath, MAIN, 'replay', file];
    const tools = ['add', 'fail', 'work', 'ask', 'add'];
    const server = await streamableServer([]);
    const legacy = await legacySession(server.url, tools);
    await server.close();
    await save(legacy.lines);
    const { results } = legacy;
    expect(await legacySession(stdio, tools)).toMatchObject({ results });
    expect(await modernSession(stdio, tools)).toMatchObject({ results, protocol: '2025-11-25' });

    const modern = await modernServer();
    const asked = await modernSession(modern.url, ['add', 'ask']);
    await modern.close();
    await save(asked.lines, modernHead);
    const again = await modernSession(stdio, ['add', 'ask']);
    expect(again).toMatchObject({ results: asked.results, protocol: '2026-07-28' });
    expect((await legacySession(stdio, ['add'])).results[1]).toMatchObject({ content: [{ type: 'text', text: '3' }] });
  });

  it('answers what is piped in, and names what was not recorded on stderr', async () => {
    await save([...initialize(), ['c', 9, call(1, 'find', { city: 'Oslo' })], ['s', 99, text(1, 'Rain')]]);
    const stdin = inputOf(call(5, 'find', { city: 'Oslo' }), call(6, 'find', { city: '\u001b[31mRome' }));
    const ended = await sandbox.run(['replay', file], { stdin });
    const lines = ended.stdout.toString().trim().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines).toContain(JSON.stringify({ jsonrpc: '2.0', ...text(5, 'Rain') }));
    expect(notices(ended)).toEqual([expect.stringContaining('$.arguments.city (recorded "Oslo"')]);
    expect(ended.stderr.includes('\u001b')).toBe(false);
    expect(ended.exitCode).toBe(0);
    // What `wrap --replay` starts.
    const bundle = sandbox.startOther([process.execPath, BUNDLE, file], { stdin });
    const bundled = await bundle.ended;
    expect(bundled.stdout).toEqual(ended.stdout);
    expect(bundled.stderr.toString()).toMatch(
      /^claude-trace replay: the tape has no answer to tools\/call find: .*\\u001b.*\n$/,
    );
  });

  it('compares a real server with a tape: a regression test', async () => {
    const lines = (answer: string): Line[] => [
      ...initialize(),
      ['c', 9, call(1, 'echo', { text: answer })],
      ['s', 10, text(1, answer)],
      ['c', 11, call(2, 'echo', { text: 'b' })],
      ['s', 12, text(2, 'b')],
    ];
    const server = [process.execPath, SCRIPTED, join(sandbox.root, 'server.log')];
    const scripted = ['--ignore', '$.result.capabilities', '--ignore', '$.result.serverInfo.name'];
    await save(lines('a'));
    const same = await sandbox.run(['replay', '--as', 'client', file, ...scripted, '--', ...server]);
    expect({ ...same, stderr: '' }).toMatchObject({ exitCode: 0 });
    expect(same.stdout.toString()).toContain('3 answers compared: 3 the same.');

    const changed = lines('a').map(
      (line): Line => (line[0] === 's' && line[1] === 12 ? ['s', 12, text(2, 'c')] : line),
    );
    await save(changed);
    const junit = join(sandbox.root, 'report.xml');
    const args = ['--json', '--junit', junit, ...scripted];
    const different = await sandbox.run(['replay', '--as', 'client', file, ...args, '--', ...server]);
    expect(different.exitCode).toBe(1);
    expect(JSON.parse(different.stdout.toString())).toMatchObject({
      same: false,
      connections: [
        {
          requests: [
            { method: 'initialize', outcome: 'same' },
            { name: 'echo', outcome: 'same' },
            { outcome: 'different', differences: [{ path: '$.result.content[0].text', recorded: 'c', found: 'b' }] },
          ],
        },
      ],
    });
    expect(await readFile(junit, 'utf8')).toContain('failures="1"');
  });

  it('asks the server nothing where the report cannot be written: exit code 2, as for all that cannot be compared', async () => {
    await save(initialize());
    const log = join(sandbox.root, 'server.log');
    const server = ['--', process.execPath, SCRIPTED, log];
    const junit = join(sandbox.root, 'missing', 'report.xml');
    const compare = async (tape: string, ...args: string[]) => {
      const ended = await sandbox.run(['replay', '--as', 'client', tape, ...args]);
      return [ended.exitCode, ended.stderr.toString()];
    };
    const unwritable = await compare(file, '--junit', junit, ...server);
    expect(unwritable).toEqual([
      2,
      expect.stringMatching(/--junit: the report cannot be written to .*report\.xml: ENOENT/),
    ]);
    expect(existsSync(log)).toBe(false);
    const unstarted = await compare(file, '--', 'no-such-server');
    expect(unstarted).toEqual([2, expect.stringContaining('The server cannot be started')]);
    const missing = await compare(`${file}.missing`, ...server);
    expect(missing).toEqual([2, expect.stringContaining(`There is no file ${file}.missing`)]);
  });

  it('compares all connections of a stored session', async () => {
    const store = openStore(sandbox.database);
    const run = aRun({ pid: 2 ** 31 - 1 });
    store.beginRun(run);
    const sessionId = 'aaaaaaaa-0000-4000-8000-000000000001';
    store.saveRequest(aRequest(run.id, { sessionId }));
    for (const word of ['a', 'b']) {
      const connection = aConnection(run.id, { name: 'tickets', sessionId });
      const messages = [call(1, 'echo', { text: word }), text(1, 'a')].map((message, index) =>
        aMessage(connection.id, {
          ...{ bytes: Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message })), at: Date.now() + index },
          sender: index === 0 ? 'client' : 'server',
        }),
      );
      store.saveMcp([
        { type: 'connection', connection },
        ...messages.map((message) => ({ type: 'message' as const, message })),
      ]);
    }
    store.close();
    const server = [process.execPath, SCRIPTED, join(sandbox.root, 'server.log')];
    const { exitCode, stdout } = await sandbox.run(['replay', '--as', 'client', sessionId, '--', ...server]);
    expect(exitCode).toBe(1);
    expect(stdout.toString()).toMatch(
      /connection 1 of 2, .*connection 2 of 2, .*now +"b"|connection 1 of 2, .*now +"b".*connection 2 of 2, /s,
    );
    expect(
      stdout
        .toString()
        .match(/1 answer compared: (?:1 the same|0 the same, 1 different)\./g)
        ?.sort(),
    ).toEqual(['1 answer compared: 0 the same, 1 different.', '1 answer compared: 1 the same.']);
  });

  it('serves HTTP until it is ended', async () => {
    await save(initialize());
    const server = sandbox.start(['replay', file, '--http', '0']);
    const url = (await server.says('\n')).trim();
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: inputOf({ id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18' } }),
    });
    expect(await response.json()).toMatchObject({ result: { serverInfo: { name: 'tickets' } } });

    const second = await sandbox.run(['replay', file, '--http', new URL(url).port]);
    expect([second.exitCode, notices(second)]).toEqual([
      1,
      [expect.stringContaining('the port is in use; choose another one')],
    ]);
    server.process.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ exitCode: 0 });
  });

  it('stops printing frames when its reader has left', async () => {
    // More than a pipe holds. The end of the tape is missing, which is said behind the last frame.
    const lines = Array.from(
      { length: 1_200 },
      (_, id): Line => ['c', 10 + id, call(id, 'find', { text: 'long '.repeat(50) })],
    );
    await save([...initialize(), ...lines]);
    await sandbox.startOther(['sed', '-i', '$d', file]).ended;
    const piped = ['sh', '-c', '"$@" | head -n 1', 'sh', process.execPath, MAIN, 'replay', '--json', file];
    const { exitCode, stdout, stderr } = await sandbox.startOther(piped).ended;
    expect([exitCode, stderr.toString()]).toEqual([0, '']);
    expect(JSON.parse(stdout.toString())).toMatchObject({ method: 'initialize' });
  });

  it.each([
    [['--speed', '11'], /--speed is "11"; give a number from 0.1 to 10, or max/],
    [['--http', '70000'], /--http/],
    [['https://example.com/mcp'], /a URL belongs to --as client/],
    [['--ignore', '$.a'], /--ignore is for --as client/],
    [['--', 'true'], /--as client/],
    [['--as', 'client'], /Give the server after the tape/],
    [['--as', 'client', 'ftp://example.com'], /not a URL/],
    [['--as', 'client', '--speed', '1', '--', 'true'], /--speed is for .*, not for --as client: leave it out/],
    [['--as', 'client', '--ignore', '$[', '--', 'true'], /nor a JSONPath/],
  ])('refuses %j', async (args, message) => {
    await save(initialize());
    const { exitCode, stdout, stderr } = await sandbox.run(['replay', file, ...args]);
    expect({ exitCode, stdout: stdout.toString() }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.toString()).toMatch(message);
  });

  it('says what is wrong with a tape', async () => {
    await save(initialize());
    const missing = await sandbox.run(['replay', join(sandbox.root, 'no.tape.jsonl')]);
    expect([missing.exitCode, missing.stdout.length]).toEqual([1, 0]);
    for (const how of [[], ['--json']]) {
      const other = await sandbox.run(['replay', '--server', 'foo', ...how, file]);
      expect([other.exitCode, other.stdout.length]).toEqual([1, 0]);
      expect(other.stderr.toString()).toContain('The tape has no messages of foo: it is of the server tickets.');
    }
    expect(await sandbox.run(['replay', '--server', 'tickets', '--json', file])).toMatchObject({ exitCode: 0 });
    const nobody = await sandbox.run(['replay', '--as', 'client', file, 'http://127.0.0.1:2/mcp']);
    expect(nobody.stdout.toString()).toContain('ECONNREFUSED');
    expect(nobody.stdout.toString()).not.toContain('fetch failed');
    await sandbox.startOther(['sed', '-i', 's/tickets/tackets/', file]).ended;
    const damaged = await sandbox.run(['replay', file]);
    expect([damaged.exitCode, damaged.stderr.toString()]).toEqual([1, expect.stringContaining('checksum')]);
  });
});
