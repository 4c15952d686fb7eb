import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jsonReply, type Reply } from '../../src/scripted/reply.js';
import { openDatabase, openReaderOrEmpty } from '../../src/store/index.js';
import { client } from '../support/product/client.js';
import { afterwards, onTerminal } from '../support/product/shell-terminal.js';
import { newSandbox, type Sandbox } from '../support/product.js';
import { type ReceivedRequest, say, startScriptedApi } from '../support/scripted-api.js';

/** Sets the clipboard, clears the screen, hides, reverses: ESC, BEL, C1 CSI and OSC, DEL, NUL, backspace, marks of direction. */
const HOSTILE =
  '\u001b]52;c;ZXZpbA==\u0007\u009b2J\u009d0;x\u009c\u007f\u0000\b\u200f\u200e\u061c\u202e\u2066\u2028\ufeff\r';

/** What no output may hold, but for colours where it goes to a terminal. */
const MARKS = '\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u206f\\ufeff';
const UNSAFE = new RegExp(`[\\u0000-\\u0008\\u000b-\\u001f${MARKS}]`, 'u');

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are ours
const OURS = /\r(?:exporting[\w :%(),./]*)?\u001b\[K|\u001b\[[\d;]*m/g;

function expectSafe(output: Buffer | string, what: string): void {
  const text = output.toString().replaceAll('\r\n', '\n');
  const at = text.search(UNSAFE);
  expect(at === -1 ? 'safe' : JSON.stringify(text.slice(Math.max(0, at - 60), at + 20)), what).toBe('safe');
}

const hostileBody = (n: number) =>
  JSON.stringify({
    model: `claude-sonnet-4-5${HOSTILE}`,
    max_tokens: 10,
    system: [{ type: 'text', text: `System ${HOSTILE}` }],
    tools: [{ name: `mcp__x${HOSTILE}__t`, description: `Does ${HOSTILE}`, input_schema: { type: 'object' } }],
    messages: [
      { role: 'user', content: `Call it, ${n}. ${HOSTILE}` },
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: `toolu_${HOSTILE}`, name: `mcp__x${HOSTILE}__t`, input: {} }],
      },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: `toolu_${HOSTILE}`, content: `It says ${HOSTILE}` }],
      },
    ],
  });

const hostileRpc = (message: object) => JSON.stringify({ jsonrpc: '2.0', ...message });
const HOSTILE_CALL = {
  id: `1${HOSTILE}`,
  method: 'tools/call',
  params: {
    name: `t${HOSTILE}`,
    arguments: { [HOSTILE]: HOSTILE },
    _meta: { 'claudecode/toolUseId': `toolu_${HOSTILE}` },
  },
};

/** Of an MCP server. */
function hostileAnswer({ body }: ReceivedRequest): Reply {
  const { id, method } = JSON.parse(body.toString());
  const party = { name: `server ${HOSTILE}`, version: HOSTILE };
  const result =
    method === 'initialize'
      ? { protocolVersion: HOSTILE, serverInfo: party, instructions: HOSTILE }
      : { content: [{ type: 'text', text: `It says ${HOSTILE}` }], isError: true };
  return jsonReply(200, { jsonrpc: '2.0', id, result });
}

async function hostileSession(sandbox: Sandbox) {
  const answer = say(`Hello ${HOSTILE}`);
  const api = await startScriptedApi({
    script: (request) => (request.path === '/mcp' ? hostileAnswer(request) : answer(request)),
  });
  onTestFinished(() => api.close());
  const server = { type: 'http', url: 'https://api.anthropic.com/mcp' };
  await mkdir(join(sandbox.root, 'home'), { recursive: true });
  await writeFile(
    join(sandbox.root, 'home/.claude.json'),
    JSON.stringify({ mcpServers: { [`x${HOSTILE}`]: server, [`off${HOSTILE}`]: { command: HOSTILE } } }),
  );
  const headers = { 'x-claude-code-session-id': 'f0b1c2d3-0000-4000-8000-000000000001' };
  const ofMcp = [
    hostileRpc({ id: 0, method: 'initialize', params: { clientInfo: { name: HOSTILE, version: HOSTILE } } }),
    hostileRpc(HOSTILE_CALL),
    `no JSON ${HOSTILE}`,
  ].map((body) => ({ path: '/mcp', body, headers: { accept: 'application/json, text/event-stream' } }));
  const requests = [...ofMcp, ...[1, 2].map((n) => ({ body: hostileBody(n), headers }))];
  return sandbox.run(['wrap', '--live', '--', ...client({ requests })], { env: await sandbox.behind(api) });
}

function storedCall(sandbox: Sandbox): string {
  const reader = openReaderOrEmpty(sandbox.database);
  const [call] = reader.mcpCalls();
  reader.close();
  return call?.id ?? '';
}

/** Puts the hostile text into every text of every row, where nothing checks what stands there. */
function poison(database: string): number {
  const db = openDatabase(database, { readonly: false });
  let poisoned = 0;
  try {
    db.pragma('foreign_keys = OFF');
    const columns = db
      .prepare<[], { name: string; column: string }>(`
        SELECT t.name, c.name AS column FROM sqlite_schema t, pragma_table_info(t.name) c
        WHERE t.type = 'table' AND c.type = 'TEXT' AND t.name NOT LIKE 'request_texts%' AND t.name NOT IN ('migrations', 'metadata')`)
      .all();
    for (const { name, column } of columns) {
      // Ids by which rows find each other and people name them stay.
      if (/(^|_)id$|^(state|kind|thread|previous|purpose|continuation|cause|part)$/.test(column)) continue;
      try {
        poisoned += db.prepare(`UPDATE "${name}" SET "${column}" = "${column}" || ?`).run(HOSTILE).changes;
      } catch {
        // A closed set of values, or unique ones.
      }
    }
  } finally {
    db.close();
  }
  return poisoned;
}

const COMMANDS: readonly (readonly string[])[] = [
  ['query', '--kind', 'all'],
  ['query', '--json'],
  ['query', '--ndjson'],
  ['query', '--csv'],
  ['query', '--source', `mcp:${HOSTILE}`],
  ['query', '--model', `x${HOSTILE}`],
  ['show', 'last'],
  ['show', 'last', '--segments'],
  ['show', 'last', '--json'],
  ['show', 'last', '--curl'],
  ['show', `req_${HOSTILE}`],
  ['diff', 'last'],
  ['diff', 'last', '--json'],
  ...['source', 'model', 'session', 'hour', 'day', 'week'].map((by) => ['stats', '--by', by]),
  ['stats', '--json'],
  ['stats', '--csv'],
  ['sessions'],
  ['sessions', '--json'],
  ['sessions', '--ndjson'],
  ['mcp'],
  ['mcp', '--json'],
  ['mcp', `x${HOSTILE}`],
  ['mcp', 'x*'],
  ['mcp', 'show', `toolu_${HOSTILE}`],
  ['query', '--mcp-error'],
  ['stats', '--by', 'mcp-tool'],
  ['suggest'],
  ['suggest', '--json'],
  ['rate', 'last', '1', '--comment', `good ${HOSTILE}`],
  ['rate', 'last', '--json'],
  ['show', 'last'],
  ['export', '--format', 'jsonl'],
  ['export', '--format', 'har'],
  ['export', '--format', 'csv'],
  ['reattribute', '--all'],
  ['prune', '--dry-run'],
  ['doctor'],
  ['doctor', '--json'],
  ['config'],
  ['config', 'get', `x${HOSTILE}`],
  [`no${HOSTILE}command`],
  ['query', `--no${HOSTILE}option`],
  ['query', '--since', `never${HOSTILE}`],
];

describe('text that would speak to the terminal', { timeout: 180_000 }, () => {
  it('escape sequences in captured text are in no output of any command, nor in the lines and the summary of wrap', async () => {
    const sandbox = await newSandbox();
    const traced = await hostileSession(sandbox);
    expect(traced.stderr.toString()).toContain('mcp:x');
    expect(traced.stderr.toString()).toContain('MCP: 1 call to 1 server, 1 failed; not recorded: off');
    expectSafe(traced.stderr, 'wrap');
    expect(poison(sandbox.database)).toBeGreaterThan(20);
    const ofCall = ['mcp', 'show', storedCall(sandbox)];
    for (const command of [ofCall, [...ofCall, '--json'], ...COMMANDS]) {
      // Only what an argument can hold.
      const args = command.map((word) => word.replaceAll('\0', ''));
      const { stdout, stderr } = await sandbox.run(args);
      expect(stdout.length + stderr.length, args.join(' ')).toBeGreaterThan(0);
      expectSafe(stdout, args.join(' '));
      expectSafe(stderr, args.join(' '));
      if (args.includes('--json') && stdout.length > 0) JSON.parse(stdout.toString());
    }
    const { stdout } = await sandbox.run(['query', '--json']);
    expect(JSON.parse(stdout.toString())[0].model).toContain(HOSTILE.replace('\r', ''));
  });

  it('leaves exact bytes where they go to a file, and none of it where they go to a terminal', async () => {
    const sandbox = await newSandbox();
    await hostileSession(sandbox);
    const file = join(sandbox.root, 'body');
    expect((await sandbox.run(['show', 'last', '--request-body'])).stdout.toString()).toBe(hostileBody(2));
    for (const args of [
      ['show', 'last', '--request-body'],
      ['show', 'last', '--response-body'],
      ['show', 'last', '--segments'],
      ['query', '--ndjson'],
      ['export', '--format', 'csv', '--output', file],
    ]) {
      const terminal = onTerminal(sandbox, args);
      await afterwards(terminal);
      expectSafe(terminal.written.replace(OURS, ''), args.join(' '));
    }
  });

  it('escape sequences in captured text are not in the output of the panel', async () => {
    const sandbox = await newSandbox();
    await hostileSession(sandbox);
    poison(sandbox.database);
    const terminal = onTerminal(sandbox, ['tui']);
    while (!terminal.written.includes('mcp:x')) await new Promise((resolve) => setTimeout(resolve, 50));
    for (const key of ['\r', '2', '3', '4', '5', '6', '1', '?', '\u001b', 'o', 'j', '\r']) {
      terminal.type(key);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    terminal.type('qq');
    await afterwards(terminal);
    expect(terminal.written).not.toContain('ZXZpbA==\u0007');
    expect(terminal.written).not.toMatch(new RegExp(`[${MARKS}]`, 'u'));
  });
});
