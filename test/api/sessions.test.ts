import { expect, it } from 'vitest';
import { NO_BUDGETS } from '../../src/model/budget.js';
import { openReader, openStore } from '../../src/store/index.js';
import { aCall, aConnection } from '../store/support/mcp-records.js';
import { aRun } from '../store/support/records.js';
import { sending, served } from './support/served.js';

it('names a session, takes the name in place of its id, and removes it', async () => {
  const server = await served();
  const { sessions } = (await server.ask('/api/claude/sessions')).json as { sessions: { id: string }[] };
  const [first, second] = sessions.map(({ id }) => `/api/claude/sessions/${id}`);
  const name = 'before the rewrite';
  const named = await server.ask(first ?? '', sending('PUT', { name: ` ${name} ` }));
  expect(named).toMatchObject({ status: 200, json: { id: sessions[0]?.id, name } });
  expect((await server.ask(`/api/claude/sessions/${encodeURIComponent(name)}`)).json).toEqual(named.json);
  expect(await server.ask(second ?? '', sending('PUT', { name }))).toMatchObject({
    status: 409,
    json: { error: `The name "${name}" belongs to the session ${sessions[0]?.id}.` },
  });
  expect(await server.ask(first ?? '', sending('PUT', { name: null }))).toMatchObject({
    status: 200,
    json: { name: null },
  });
});

it.each([
  [{ name: '' }],
  [{ name: 'x'.repeat(61) }],
  [{ name: 'last' }],
  [{ name: 'up\u001b[A' }],
  [{}],
  [{ name: 'a', id: 'b' }],
  ['a'],
])('refuses %j as a name', async (body) => {
  const server = await served();
  const { status, json } = await server.ask('/api/claude/sessions/last', sending('PUT', body));
  expect([status, json]).toEqual([
    400,
    expect.objectContaining({ error: expect.stringMatching(/cannot have this name|Invalid|expected/) }),
  ]);
});

it('refuses to name a session that is not stored', async () => {
  const server = await served();
  expect((await server.ask('/api/claude/sessions/nobody', sending('PUT', { name: 'a name' }))).status).toBe(404);
});

it('has the spending of the last session, the day and the month, with their budgets', async () => {
  const server = await served({ budgets: { ...NO_BUDGETS, session: 0.5, month: 100 } });
  const { json } = await server.ask('/api/claude/budgets');
  const reader = openReader(server.file);
  const [last] = reader.sessions().rows;
  reader.close();
  const { budgets, session_id: session } = json as { session_id: string; budgets: Record<string, unknown>[] };
  expect(session).toBe(last?.id);
  expect(budgets.map(({ period, limit_usd: limit }) => [period, limit])).toEqual([
    ['session', 0.5],
    ['day', null],
    ['month', 100],
  ]);
  expect(budgets[0]).toMatchObject({ cost_usd: last?.costUsd, share: (last?.costUsd ?? 0) / 0.5 });
  expect(budgets[1]).toMatchObject({ share: null });
});

it('has the spending of one session, and none without sessions', async () => {
  const server = await served();
  const { sessions } = (await server.ask('/api/claude/sessions')).json as {
    sessions: { id: string; cost_usd: number }[];
  };
  const other = sessions.at(-1);
  const { json } = await server.ask(`/api/claude/budgets?session_id=${other?.id}`);
  expect(json).toMatchObject({
    session_id: other?.id,
    budgets: [{ period: 'session', cost_usd: other?.cost_usd ?? 0 }, {}, {}],
  });
  expect((await server.ask('/api/claude/budgets?session_id=nobody')).status).toBe(404);
});

it('filters take a session and a turn by their beginnings, by name and as last, and know when there is none', async () => {
  const server = await served();
  const { id } = (await server.ask('/api/claude/sessions/last')).json as { id: string };
  await server.ask(`/api/claude/sessions/${id}`, sending('PUT', { name: 'renamed' }));
  const lists = ['requests', 'turns', 'mcp/servers', 'mcp/tools', 'mcp/calls'].map((list) => `/api/claude/${list}`);
  for (const path of lists) {
    const whole = await server.ask(`${path}?session_id=${id}`);
    expect(whole.status).toBe(200);
    for (const given of ['last', 'renamed']) {
      expect((await server.ask(`${path}?session_id=${given}`)).json).toEqual(whole.json);
    }
    expect((await server.ask(`${path}?session_id=nobody`)).status).toBe(404);
  }
  const { id: turn } = (await server.ask('/api/claude/turns/last')).json as { id: string };
  const ofTurn = (await server.ask(`/api/claude/requests?turn_id=${turn}`)).json as { total: number };
  expect(ofTurn.total).toBeGreaterThan(0);
  for (const given of ['last', turn.slice(0, -1)]) {
    expect((await server.ask(`/api/claude/requests?turn_id=${given}`)).json).toEqual(ofTurn);
  }
  expect((await server.ask('/api/claude/requests?turn_id=nobody')).status).toBe(404);
});

it('answers with the MCP calls of a session that has sent no API request yet', async () => {
  const { file, ask } = await served();
  const store = openStore(file);
  const run = aRun();
  store.beginRun(run);
  const connection = aConnection(run.id, { name: 'notes', sessionId: 'just-begun' });
  store.saveMcp([{ type: 'connection', connection }, ...aCall(connection.id, { name: 'find' }).writes]);
  store.close();
  const read = async (path: string) => (await ask(path)).json;
  const row = expect.objectContaining({ server: 'notes' });
  expect(await read('/api/claude/mcp/servers?session_id=just-begun')).toEqual({ servers: [row] });
  expect(await read('/api/claude/mcp/tools?session_id=just')).toMatchObject({ tools: [row] });
  expect(await read('/api/claude/mcp/calls?session_id=just-begun')).toMatchObject({ calls: [row], total: 1 });
  expect(await read('/api/claude/requests?session_id=just-begun')).toMatchObject({ total: 0 });
  expect((await ask('/api/claude/sessions/just-begun')).status).toBe(404);
});
