import { beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/index.js';
import { aCall, aConnection, aDefinition, aDelivery, answered } from '../store/support/mcp-records.js';
import { aBody, anAttribution, aRequest, aResponse, aRun, aShare } from '../store/support/records.js';
import { newSandbox, notices, type Sandbox } from '../support/product.js';

let sandbox: Sandbox;
let call: string;
let toolUse: string;
/** Requests: the answer of one made the call, the other was the first to carry the result. */
let calling: string;
let carrying: string;

const HOSTILE = 'red \u001b[31m alert';

/** Two servers: a call whose result was cut, one that failed, and one that is open. A third server was not recorded. */
beforeEach(async () => {
  sandbox = await newSandbox();
  const store = openStore(sandbox.database);
  const run = aRun({ pid: 2 ** 31 - 1 });
  store.beginRun(run);
  const tickets = aConnection(run.id, { name: 'tickets', target: 'tickets-server' });
  const search = aConnection(run.id, { name: 'search', transport: 'http', target: 'https://search.example/mcp' });
  const open = aCall(
    tickets.id,
    { name: 'read', toolUseId: 'toolu_cut' },
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","arguments":{"id":17}}}',
  );
  const result = { content: [{ type: 'text', text: `${HOSTILE} ${'long '.repeat(20_000)}` }] };
  const ended = answered(open.call, 1_250, JSON.stringify({ jsonrpc: '2.0', id: 1, result }), { tokensSaid: 20_004 });
  const failed = aCall(search.id, { name: 'query', toolUseId: 'toolu_failed' });
  const error = answered(
    failed.call,
    20,
    '{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no such index"}}',
    {
      state: 'rpc_error',
    },
  );
  const content = [{ type: 'tool_result', tool_use_id: 'toolu_cut', content: [{ type: 'text', text: 'red alert …' }] }];
  const body = JSON.stringify({ model: 'claude-test', messages: [{ role: 'user', content }] });
  const requests = [aRequest(run.id), aRequest(run.id, { body: aBody(body) })] as const;
  for (const request of requests) {
    store.saveRequest(request);
    const shares = [
      aShare('mcp:tickets', 300, { part: 'definition' }),
      aShare('mcp:notes', 20, { part: 'definition' }),
    ];
    store.saveResponse(aResponse(request), anAttribution(shares));
  }
  const delivery = aDelivery('toolu_cut', requests[1].correlationId, {
    calledBy: requests[0].correlationId,
    form: 'cut',
    bytesGot: 31,
    tokensGot: 7,
  });
  store.saveMcp([
    { type: 'connection', connection: tickets },
    { type: 'connection', connection: search },
    { type: 'definition', definition: aDefinition(tickets.id, { name: 'read', bytesSaid: 5_000, bytesGot: 2_048 }) },
    { type: 'definition', definition: aDefinition(tickets.id, { name: 'write' }) },
    ...open.writes,
    ...ended.writes,
    ...failed.writes,
    ...error.writes,
    ...aCall(search.id, { name: 'query' }).writes,
    { type: 'delivery', delivery },
  ]);
  store.close();
  call = open.call.id;
  toolUse = 'toolu_cut';
  [calling, carrying] = [requests[0].id, requests[1].id];
});

async function linesOf(...args: string[]): Promise<string[]> {
  const ended = await sandbox.run(['mcp', ...args]);
  expect(ended.exitCode).toBe(0);
  return ended.stdout.toString().trimEnd().split('\n');
}

describe('claude-trace mcp', () => {
  it('lists servers, and names those that were not recorded', async () => {
    const [heading, ...rows] = await linesOf();
    expect(heading).toMatch(/^SERVER +TRANSPORT +CALLS +FAILED +P50 +P95 +SENT → GOT +DEFINITIONS +LAST USED +NOTES$/);
    expect(rows).toEqual([
      expect.stringMatching(/^search +http +2 +1 +20 ms +20 ms +~\d+ → – +– +/),
      expect.stringMatching(
        /^tickets +stdio +1 +1\.3 s +1\.3 s +~20\.0k → 7 +600 .+ 1 result reduced, 1 of 2 tools never called$/,
      ),
      'Not recorded: notes (0 calls).',
      expect.stringContaining('HTTP servers'),
      expect.stringContaining('wrap --mcp'),
    ]);
  });

  it('lists the tools of a server, and suggests a name', async () => {
    const [, read, write] = await linesOf('tickets');
    expect(read).toMatch(/^read +1 .+ 1 result reduced, description cut: 2048 of 5000 bytes$/);
    expect(write).toMatch(/^write +0 .+ never/);
    const unknown = await sandbox.run(['mcp', 'ticket']);
    expect(notices(unknown)).toEqual([expect.stringContaining('No server matches "ticket". Did you mean tickets?')]);
  });

  it('lists calls, by how they ended', async () => {
    expect(await linesOf('--calls')).toHaveLength(4);
    const [, failed, ...more] = await linesOf('search', '--calls', '--state', 'error');
    expect(failed).toMatch(/mcpc_\w+ +search query +rpc error +20 ms/);
    expect(more).toEqual([]);
    expect(await linesOf('--calls', '--tool', 'nothing')).toEqual(['No call matches.']);
  });

  it('shows a call: request, answer, and what the model got', async () => {
    const shown = (await linesOf('show', toolUse)).join('\n');
    expect(shown).toMatch(/^model got +31 B, 7 tokens$/m);
    expect(shown).toContain('"id": 17');
    expect(shown).toContain('red �[31m alert long long');
    expect(shown).not.toContain('\u001b');
    expect(shown).toMatch(/\n… \d+ more characters\n/);
    expect(shown).toMatch(/── what the model got: cut\nred alert …$/);
    expect((await linesOf('show', call)).join('\n')).toBe(shown);
  });

  it('is where the calls of a request lead, in show and diff', async () => {
    const printed = async (...args: string[]) => {
      const ended = await sandbox.run(args);
      expect(ended.stderr.toString()).not.toMatch(/error|cannot/i);
      return ended.stdout.toString();
    };
    const row = /^.+ mcpc_\w+ +tickets read +ok +1\.3 s +~20\.0k → 7 +cut$/m;
    for (const id of [calling, carrying]) {
      const shown = await printed('show', id);
      expect(shown).toContain('MCP calls of its answer, and those whose results it was the first to carry:');
      expect(shown).toMatch(row);
      expect(JSON.parse(await printed('show', id, '--json')).mcp_calls).toMatchObject([{ id: call }]);
    }
    const changed = await printed('diff', calling, carrying);
    expect(changed).toContain('MCP calls whose results are new:');
    expect(changed).toMatch(row);
    expect(JSON.parse(await printed('diff', calling, carrying, '--json')).mcp_calls).toMatchObject([{ id: call }]);
    expect(JSON.parse(await printed('diff', carrying, calling, '--json')).mcp_calls).toEqual([]);
  });

  it('prints rows as JSON, and a call with its whole messages', async () => {
    const servers = JSON.parse((await linesOf('--json')).join(''));
    expect(servers).toMatchObject([
      { server: 'search', failed_calls: 1, open_calls: 1, p95_ms: 20, tokens_got: 0 },
      { server: 'tickets', source: 'mcp:tickets', calls: 1, reduced_calls: 1, definition_tokens: 600 },
    ]);
    const tools = (await linesOf('tickets', '--ndjson')).map((line) => JSON.parse(line));
    expect(tools).toMatchObject([
      { name: 'read', definition: { bytes_said: 5_000, bytes_got: 2_048 } },
      { name: 'write' },
    ]);
    const shown = JSON.parse((await linesOf('show', call, '--json')).join('\n'));
    expect(shown).toMatchObject({
      id: call,
      delivery: { form: 'cut', tokens_got: 7, is_error: false },
      carriage: { requests: 1 },
      request: { rpc_id: 1, message: { params: { arguments: { id: 17 } } } },
      answer: { kind: 'response' },
      received: [{ type: 'text', text: 'red alert …' }],
    });
    expect(shown.answer.message.result.content[0].text).toHaveLength(`${HOSTILE} ${'long '.repeat(20_000)}`.length);
  });

  it('completes servers, tools and calls', async () => {
    const offered = async (...words: string[]) => {
      const { stdout } = await sandbox.run(['__complete', 'zsh', 'mcp', ...words, '']);
      return stdout
        .toString()
        .split('\n')
        .map((line) => line.split('\t', 1)[0]);
    };
    expect(await offered()).toEqual(expect.arrayContaining(['show', 'tickets', 'search']));
    expect(await offered('show')).toEqual(expect.arrayContaining(['last', call]));
    expect(await offered('--calls', '--tool')).toEqual(expect.arrayContaining(['read', 'write', 'query']));
  });

  it('says what is wrong with the command line', async () => {
    for (const [args, message] of [
      [['show', 'toolu_unknown'], 'No MCP call with the id "toolu_unknown".'],
      [['tickets', call], 'claude-trace mcp show <call>'],
      [['--tool', 'read'], '--calls'],
    ] as const) {
      const ended = await sandbox.run(['mcp', ...args]);
      expect(ended.exitCode).not.toBe(0);
      expect(ended.stderr.toString()).toContain(message);
    }
  });
});
