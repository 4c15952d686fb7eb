import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { openReaderOrEmpty } from '../../src/store/index.js';
import { isRunning } from '../support/mcp/shim-program.js';
import { MAIN, newSandbox, type Sandbox, untilTrue } from '../support/product.js';

const SERVER = fileURLToPath(new URL('../support/mcp/stdio-server.mjs', import.meta.url));
const SECRET = 'zorblax-token-0123456789';

let sandbox: Sandbox;
let log: string;
beforeEach(async () => {
  sandbox = await newSandbox();
  log = join(sandbox.root, 'server.log');
});

function record(
  command: readonly string[],
  options: { args?: string[]; env?: Record<string, string>; stdin?: string } = {},
) {
  const { args = ['--name', 'tickets'], ...rest } = options;
  return sandbox.start(['mcp', 'record', ...args, '--', ...command], rest);
}

function recorded() {
  const reader = openReaderOrEmpty(sandbox.database);
  try {
    return reader.mcpConnections().map((connection) => ({
      ...connection,
      calls: reader.mcpCalls(),
      texts: reader
        .mcpMessages(connection.id)
        .rows.map(({ id }) => Buffer.from(reader.mcpMessage(id).bytes ?? []).toString()),
    }));
  } finally {
    reader.close();
  }
}

const isStored = () => untilTrue(() => recorded()[0]?.endedAt != null);
/** Folders of the session that are left. */
const leftFolders = async () => (await readdir(sandbox.tmp)).filter((name) => name.startsWith('claude-trace'));

describe('claude-trace mcp record', () => {
  it.each([[['--name', 'tickets']], [['--rules=rules.yaml', 'server']]])(
    'needs -- before the command: %j',
    async (args) => {
      const { exitCode, stderr } = await sandbox.run(['mcp', 'record', ...args]);
      expect([exitCode, stderr.toString()]).toEqual([
        2,
        expect.stringContaining('Write the command of the server after --'),
      ]);
    },
  );

  it('records a server of any client, whose stdout is its own, without a secret of its environment', async () => {
    const client = new Client({ name: 'any', version: '1.0.0' });
    const args = [MAIN, 'mcp', 'record', '--name=tickets', '--', process.execPath, SERVER, log];
    const env = { ...sandbox.env, TICKETS_TOKEN: SECRET };
    await client.connect(new StdioClientTransport({ command: process.execPath, args, env }));
    const { content } = await client.callTool({ name: 'environment', arguments: { name: 'TICKETS_TOKEN' } });
    expect(content).toEqual([{ type: 'text', text: SECRET }]);
    await client.close();
    await isStored();
    const [only, ...more] = recorded();
    expect(more).toEqual([]);
    // It is the latest recording, though no session of Claude Code has it.
    const taped = await sandbox.run(['tape', 'record', 'last', '--json']);
    expect(JSON.parse(taped.stdout.toString())).toMatchObject([{ server: 'tickets' }]);
    expect(only).toMatchObject({ name: 'tickets', scope: 'record', transport: 'stdio', exit: 'exit code 0', lost: 0 });
    expect(only?.client).toEqual({ name: 'any', version: '1.0.0' });
    expect(only?.calls).toMatchObject([{ name: 'environment', state: 'ok' }]);
    // initialize and its answer, initialized, the call and its answer.
    expect(only?.texts).toHaveLength(5);
    expect(only?.texts.at(-1)).toContain('[redacted:');
    expect((await sandbox.bytesBelow(sandbox.dataDir)).includes(SECRET)).toBe(false);
    await expect.poll(leftFolders).toEqual([]);
  });

  it('has the name of the program without --name, and stores a server that ends at once', async () => {
    const { exitCode, stdout } = await record(['sh', '-c', 'echo {}; exit 7'], { args: [] }).ended;
    expect({ exitCode, stdout: stdout.toString() }).toEqual({ exitCode: 7, stdout: '{}\n' });
    await isStored();
    expect(recorded()).toMatchObject([{ name: 'sh', target: 'sh', exit: 'exit code 7', texts: ['{}'] }]);
  });

  it.each(['enabled', 'mcp.enabled'])('runs the server and records nothing with %s false', async (key) => {
    await sandbox.configure({ [key]: false });
    const { exitCode, stdout } = await record(['sh', '-c', 'echo {}'], {}).ended;
    expect({ exitCode, stdout: stdout.toString() }).toEqual({ exitCode: 0, stdout: '{}\n' });
    await expect.poll(leftFolders).toEqual([]);
    expect(recorded()).toEqual([]);
  });

  it('runs the server where nothing can be stored', async () => {
    const env = { TMPDIR: join(sandbox.root, 'missing') };
    const { exitCode, stdout } = await record(['sh', '-c', 'echo {}'], { env }).ended;
    expect({ exitCode, stdout: stdout.toString() }).toEqual({ exitCode: 0, stdout: '{}\n' });
  });

  it('stores what it has when it is killed, and leaves no process behind', async () => {
    const program = record([process.execPath, SERVER, log]);
    program.process.stdin.write('{"jsonrpc":"2.0","id":1,"method":"tools/list"}\n');
    await program.says('"tools"');
    await untilTrue(() => recorded()[0]?.texts.length === 2);
    program.process.kill('SIGKILL');
    await isStored();
    expect(recorded()).toMatchObject([{ exit: null }]);
    expect(await isRunning(program.pid)).toBe(false);
    await expect.poll(leftFolders).toEqual([]);
  });

  it.each([
    [['mcp', 'record'], /after --/],
    [['mcp', 'record', '--'], /after --/],
    [['mcp', 'record', '--nam', 'x', '--', 'true'], /after --/],
  ])('%j says how it is used', async (args, message) => {
    const { exitCode, stderr, stdout } = await sandbox.run(args);
    expect({ exitCode, stdout: stdout.toString() }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.toString()).toMatch(message);
  });
});
