import { describe, expect, it } from 'vitest';
import type { KnownMcpServer } from '../../src/mcp/discover/index.js';
import { mcpNotice } from '../../src/wrap/mcp-notice.js';
import { aCall, aConnection, answered } from '../store/support/mcp-records.js';
import { aRun } from '../store/support/records.js';
import { startedStore } from '../store/support/started-store.js';
import { tempDatabase } from '../store/support/temp-database.js';

function known(name: string, decision: KnownMcpServer['decision']): KnownMcpServer {
  return { name, scope: 'user', transport: 'stdio', url: null, entry: {}, decision, secrets: [] };
}

/** A run with three calls to two servers, one of which failed, and an earlier run with another. */
function recorded() {
  const { file, store, run } = startedStore();
  const before = aRun();
  store.beginRun(before);
  for (const [name, runId, states] of [
    ['tickets', run.id, ['ok', 'tool_error']],
    ['wiki', run.id, ['cancelled']],
    ['idle', run.id, []],
    ['earlier', before.id, ['ok']],
  ] as const) {
    const connection = aConnection(runId, { name });
    store.saveMcp([{ type: 'connection', connection }]);
    for (const state of states) {
      const { call, writes } = aCall(connection.id);
      store.saveMcp([...writes, ...answered(call, 5, '{}', { state }).writes]);
    }
  }
  return { file, store, run };
}

/** The line about servers; null without one. */
const mcpLine = async (...given: Parameters<typeof mcpNotice>) => (await mcpNotice(...given))[0] ?? null;

describe('the closing line about MCP', () => {
  it('sums up the calls of the run', async () => {
    const { file, run } = recorded();
    expect(await mcpLine(file, run.id, [known('tickets', 'recorded')])).toBe('MCP: 3 calls to 2 servers, 1 failed');
  });

  it('says how programs are recorded, and not which ones Claude Code does not start', async () => {
    const { file, run } = recorded();
    const servers = [known('db', 'stdio_off'), known('a\x1b[2Jb', 'stdio_off'), known('old', 'refused')];
    expect(await mcpLine(file, run.id, servers)).toBe(
      'MCP: 3 calls to 2 servers, 1 failed; not recorded: db, a�[2Jb (wrap --mcp also records stdio servers)',
    );
  });

  it('names the servers that were left alone although programs are recorded', async () => {
    const { file, run } = recorded();
    const servers = [known('db', 'refused'), known('kit', 'plugin_options'), known('other', 'not_claude_code')];
    expect(await mcpLine(file, run.id, servers)).toContain('; not recorded: db (refused), kit (plugin options)');
  });

  it('names the servers that were replayed, also those that the user refused', async () => {
    const { file, run } = recorded();
    const servers: KnownMcpServer[] = [
      { ...known('db', 'recorded'), replayed: { decision: null } },
      { ...known('kit', 'recorded'), replayed: { decision: 'refused' } },
    ];
    const notice = '; replayed from tapes: db, kit (refused: only its tape was started)';
    expect(await mcpLine(file, run.id, servers)).toContain(notice);
  });

  it('names servers that can never be recorded, with and without the programs', async () => {
    const { file, run } = recorded();
    const servers = [known('db', 'stdio_off'), known('live', 'websocket'), known('own', 'of_agent')];
    expect(await mcpLine(file, run.id, servers)).toContain(
      '; not recorded: db (wrap --mcp also records stdio servers), live (websocket), own (of agent)',
    );
    expect(await mcpLine(file, run.id, servers.slice(1))).toContain('; not recorded: live (websocket), own (of agent)');
  });

  it('counts messages that were lost', async () => {
    const { file, store, run } = recorded();
    store.saveMcp([{ type: 'connection', connection: aConnection(run.id, { name: 'flood', lost: 7 }) }]);
    expect(await mcpLine(file, run.id, [])).toContain('; 7 messages could not be recorded');
  });

  it('says nothing where nothing was called, where recording is off, and without a database', async () => {
    const { file, run } = startedStore();
    expect(await mcpLine(file, run.id, [known('tickets', 'recorded')])).toBeNull();
    expect(await mcpLine(recorded().file, run.id, null)).toBeNull();
    expect(await mcpLine(tempDatabase(), run.id, [known('db', 'stdio_off')])).toBeNull();
  });

  it('counts altered calls apart, and what rules did', async () => {
    const { file, store, run } = startedStore();
    const connection = aConnection(run.id, { name: 'tickets' });
    const { call, request, writes } = aCall(connection.id);
    const hits = [
      { rule: 'slow', action: 'delay', detail: '2000 ms' },
      { rule: 'slow', action: 'tag', detail: 'slow' },
      { rule: 'warns', action: 'alert', detail: 'slow' },
    ] as const;
    store.saveMcp([
      { type: 'connection', connection },
      ...writes,
      ...answered(call, 5, '{}', { altered: true }).writes,
      { type: 'hits', hits: { of: request.id, at: 1, hits } },
    ]);
    expect(await mcpNotice(file, run.id, [])).toEqual([
      'MCP: 1 call altered by rules or replays',
      'Rules: 3 hits of 2 rules, 1 alert',
    ]);
    expect(await mcpNotice(file, run.id, null)).toEqual(['Rules: 3 hits of 2 rules, 1 alert']);
    expect(await mcpNotice(file, aRun().id, [])).toEqual([]);
  });
});
