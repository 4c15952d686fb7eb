import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { runStart } from '../../../src/model/ids.js';
import { dataOfRun } from '../../../src/tui/this-run.js';
import { aCall, aConnection, aDefinition } from '../../store/support/mcp-records.js';
import { playedMcp } from '../../store/support/played-mcp.js';
import { aRun, aShare } from '../../store/support/records.js';
import { KEYS, showPanel } from './support/show-panel.js';
import { someRequests } from './support/some-requests.js';

const text = (said: string) => ({ content: [{ type: 'text', text: said }] });

function someMcp() {
  const filled = someRequests(0);
  return { ...filled, ...playedMcp(filled.store) };
}

/** Two servers: one of whose results the model got only a part, and one that fails. */
function tickets() {
  const mcp = someMcp();
  const { connect, play } = mcp;
  const ticketServer = connect({ name: 'tickets' }, ['read', 'search', 'close', 'assign']);
  const wiki = connect({ name: 'wiki', transport: 'http', target: 'https://wiki.example/mcp' }, ['page']);
  play(ticketServer, 'tickets', { name: 'read', result: text('Ticket 7'), received: { content: 'Ticket 7' } });
  play(ticketServer, 'tickets', {
    name: 'search',
    args: { query: 'discount' },
    result: text(`all of ${'it '.repeat(1_000)}`),
    latencyMs: 1_250,
    received: { content: [{ type: 'text', text: 'the be\x1b[2Jginning' }], form: 'cut', bytesGot: 13, tokensGot: 310 },
  });
  play(wiki, 'wiki', { name: 'page', result: text('gone'), values: { state: 'tool_error' } });
  return { ...mcp, ticketServer };
}

describe('the view of MCP servers', () => {
  it('says how recording is turned on where nothing was recorded', async () => {
    const { file } = someRequests(0);
    const panel = showPanel(file, { columns: 46 });
    await panel.press('7');
    const said = (await panel.says('No MCP server was recorded yet.')).replace(/\s+/g, ' ');
    expect(said).toContain('HTTP servers of Claude Code are recorded without a setting.');
    expect(said).toContain(
      'stdio servers are recorded with claude-trace wrap --mcp, or always with claude-trace config set mcp.stdio true.',
    );
    await panel.press(KEYS.enter, 'm', 'y', KEYS.right, 'o', '/', 'x', KEYS.enter, '\x1b');
    await panel.says('No MCP server was recorded yet.');
  });

  it('shows servers with their tools, calls, failures and latencies, and what the model got', async () => {
    const { file } = tickets();
    const panel = showPanel(file, { columns: 120 });
    await panel.press('7');
    const screen = await panel.says('tickets');
    expect(screen).toMatch(/SERVER +CALLS +FAILED +P50 +P95 +SENT → GOT +DEFINITIONS/);
    expect(screen).toMatch(/▾ tickets +2 +80 ms +1\.3 s +~\S+ → 320 +2 of 4 never called/);
    expect(screen).toMatch(/ {4}search +1 +1\.3 s +1\.3 s +~\S+ → 310 +1 not whole/);
    expect(screen).toMatch(/ {4}… 2 more +0 +never called/);
    expect(screen).toMatch(/▾ wiki +1 +1 +80 ms +80 ms +~\d+ → – +1 not carried, http/);
  });

  it.each([46, 80, 120, 200])('fits %d columns at each of its steps', async (columns) => {
    const { file } = tickets();
    const panel = showPanel(file, { columns, rows: 140 });
    await panel.press('7');
    expect(await panel.says('tickets')).toMatch(/CALLS +FAILED .*SENT → GOT/);
    await panel.press('j', 'j', KEYS.enter);
    expect(await panel.says(/▸ .*search/)).toMatch(/TIME .*TOOL .*STATE .*LATENCY/);
    await panel.press(KEYS.enter);
    const screen = await panel.says('carried by');
    expect(Math.max(...panel.rows().map((row) => stringWidth(row)))).toBeLessThanOrEqual(columns);
    const headings = screen
      .split('\n')
      .filter((line) => line.includes('── '))
      .map((line) => line.replace(/ {2,}/g, ' '));
    expect(headings).toEqual(
      {
        200: ['── call', '── request │ ── answer of the server │ ── what the model got: cut', '── ids'],
        120: ['── call', '── request', '── answer of the server │ ── what the model got: cut', '── ids'],
      }[columns] ?? ['── call', '── request', '── answer of the server', '── what the model got: cut', '── ids'],
    );
    expect(screen).toContain('"query": "discount"');
    expect(screen).toContain('the be�[2Jginning');
  });

  it('leads from a tool to its calls, to a call, to the request that carried the result, and back', async () => {
    const { file } = tickets();
    const panel = showPanel(file);
    await panel.press('7');
    await panel.says('▾ tickets');
    await panel.press('j', 'j', KEYS.enter);
    await panel.says(/▸ \S+ +search +ok +1\.3 s .* cut/);
    await panel.press(KEYS.enter);
    await panel.says(/model got +13 B, 310 tokens\n +The model got a part of it\./);
    await panel.press('y', KEYS.enter);
    await panel.says('[2 request]');
    expect(panel.copied[0]).toMatch(/^mcpc_/);
    await panel.press('\x1b');
    await panel.says('The model got a part of it.');
    await panel.press('\x1b');
    await panel.says('MODEL GOT');
    await panel.press('\x1b');
    await panel.says('CALLS');
    await panel.press('\x1b');
    await panel.says('[1 requests]');
  });

  it('leads from a request, its breakdown and its segments to its calls, and back to the same request', async () => {
    const { file } = tickets();
    const panel = showPanel(file);
    await panel.says(/▾ mcp \(1\)/);
    await panel.press('m');
    await panel.says(/calls of req_[\s\S]*tickets search/);
    expect(panel.screen()).not.toMatch(/tickets read/);
    await panel.press('\x1b');
    await panel.says('[1 requests]');
    await panel.press('j', KEYS.right, 'j', 'm');
    await panel.says(/calls of req_\S+ mcp:tickets[\s\S]*tickets read/);
    await panel.press('\x1b');
    await panel.says('Enter text');
    await panel.press('k', 'm');
    await panel.says(/calls of req_\S+ /);
    await panel.press('\x1b', '\x1b', KEYS.enter);
    const request = (await panel.says(/\[overview\]/)).match(/req_\S+/)?.[0];
    await panel.press('m');
    await panel.says(`calls of ${request}`);
    await panel.says('MODEL GOT');
    await panel.press(KEYS.enter);
    await panel.says('what the model got');
    await panel.press(KEYS.enter, '\x1b', '\x1b', '\x1b');
    expect(await panel.says('[overview]')).toContain(request);
    await panel.press('\x1b');
    await panel.says('[1 requests]');
  });

  it('lists the calls of a server from the view of sources', async () => {
    const { file } = tickets();
    const panel = showPanel(file);
    await panel.press('3');
    await panel.says(/▾ mcp \(1\)/);
    await panel.press('m');
    await panel.says('m lists the calls of a request');
    await panel.press('j', 'm');
    expect(await panel.says('MODEL GOT')).toMatch(/tickets search[\s\S]*tickets read/);
    expect(panel.screen()).not.toContain('wiki');
    await panel.press('\x1b');
    await panel.says('[3 sources]');
  });

  it.each([44, 110])(
    'shows servers that only requests tell about, and how to record their calls, on %s columns',
    async (columns) => {
      const { file, send, answer } = tickets();
      answer(send(), {}, [aShare('user', 10), aShare('mcp:serena', 40, { part: 'definition' })]);
      const panel = showPanel(file, { columns });
      await panel.press('7');
      await panel.says(/serena +0 /);
      await panel.press('G', KEYS.enter);
      await panel.says(
        /No recording of it is stored\.\s+stdio servers\s+are recorded with\s+claude-trace wrap\s+--mcp[\s\S]+mcp\.stdio\s+true\./,
      );
    },
  );

  it('shows a call that is stored while it is shown, though no request came with it', async () => {
    const { file, store, ticketServer } = tickets();
    const panel = showPanel(file);
    await panel.press('7');
    await panel.says(/tickets +2 /);
    store.saveMcp(aCall(ticketServer, { name: 'close' }).writes);
    await panel.says(/tickets +3 /);
    await panel.press('m');
    await panel.says(/close +open/);
  });

  it('shows changed definitions, cut descriptions, servers that never became ready, and lost messages', async () => {
    const { file, store, run, connect } = someMcp();
    connect({ name: 'wiki', startedAt: 1_000 }, ['page', 'find']);
    const connection = aConnection(run.id, { name: 'wiki', lost: 3 });
    const definition = (values: Parameters<typeof aDefinition>[1]) => ({
      type: 'definition' as const,
      definition: aDefinition(connection.id, values),
    });
    store.saveMcp([
      { type: 'connection', connection },
      definition({ name: 'page', hash: '1'.repeat(64), bytesSaid: 5_120, bytesGot: 2_048 }),
      definition({ name: 'find' }),
    ]);
    connect({ name: 'broken', readyAt: null, endedAt: Date.now(), exit: 'exit code 3' });
    const panel = showPanel(file, { columns: 200 });
    await panel.press('7');
    await panel.says('wiki');
    await panel.press('j', KEYS.right);
    const screen = await panel.says(/ {4}page/);
    expect(screen).toMatch(/wiki .* 3 messages not recorded, 1 definition changed, 2 of 2 never called, stdio/);
    expect(screen).toMatch(/page .* changed, description cut to 2\.0 KB, never called/);
    expect(screen).toMatch(/broken .* never ready: exit code 3/);
  });

  it('sorts and narrows servers and calls', async () => {
    const { file } = tickets();
    const panel = showPanel(file);
    await panel.press('7', 'o');
    await panel.says(/by failed[\s\S]*wiki[\s\S]*tickets/);
    await panel.press('/', ...'sea', KEYS.enter);
    await panel.says('/sea');
    expect(panel.screen()).not.toMatch(/wiki|read/);
    await panel.press('\x1b', '/', ...'none', KEYS.enter);
    await panel.says('No row contains "none".');
    await panel.press('\x1b', 'o', 'o', 'o', 'o', 'm');
    await panel.says(/search[\s\S]*read/);
    await panel.press('/', ...'whole', KEYS.enter);
    await panel.says('/whole');
    expect(panel.screen()).not.toContain('search');
    await panel.press('\x1b');
    await panel.says('search');
  });

  it('shows only calls of the run beside which it is', async () => {
    const { file, store, run, play, ticketServer } = tickets();
    const other = aRun();
    store.beginRun(other);
    const connection = aConnection(other.id, { name: 'others', startedAt: runStart(run.id) + 1 });
    store.saveMcp([{ type: 'connection', connection }]);
    play(ticketServer, 'tickets', { name: 'read' });
    const panel = showPanel(file);
    const ofRun = dataOfRun(panel.data, run.id);
    expect(ofRun.ask((reader) => reader.mcpServers({}))?.map(({ server }) => server)).toEqual(['tickets', 'wiki']);
    expect(ofRun.ask((reader) => reader.mcpCalls({}))).toHaveLength(4);
    expect(dataOfRun(panel.data, other.id).ask((reader) => reader.countMcpCalls({}))).toBe(0);
  });
});
