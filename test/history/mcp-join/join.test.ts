import { describe, expect, it } from 'vitest';
import type { AttributedBody } from '../../../src/history/attributor.js';
import { createMcpJoin, type McpJoin } from '../../../src/history/mcp-join/join.js';
import type { KnownCall } from '../../../src/history/mcp-join/kept-calls.js';
import type { McpCallState, McpDefinition } from '../../../src/model/mcp.js';
import type { McpWrite } from '../../../src/model/mcp-write.js';
import { aCall, aConnection, aMessage } from '../../store/support/mcp-records.js';
import { attributed } from '../../support/attributed.js';

const connection = aConnection('run_1', { name: 'plugin:docs:search' });
const TOOL = 'mcp__plugin_docs_search__find';
const REMINDER = '<system-reminder>\n<total_tokens>14976033 tokens left</total_tokens>\n</system-reminder>';

/** The messages of a call and its answer, as capture records them. */
function called(toolUseId: string, result: unknown, state: McpCallState = 'ok'): McpWrite[] {
  const { request, call } = parts(toolUseId, state);
  const field = state === 'rpc_error' ? 'error' : 'result';
  const bytes = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, [field]: result }));
  const answer = aMessage(connection.id, { sender: 'server', kind: 'response', bytes });
  return [
    { type: 'message', message: request },
    { type: 'message', message: answer },
    { type: 'call', call: { ...call, state, answer: answer.id } },
  ];
}

function parts(toolUseId: string, state: McpCallState = 'open') {
  return aCall(connection.id, { toolUseId, state });
}

const texts = (...all: string[]) => ({ content: all.map((text) => ({ type: 'text', text })) });
const use = (...ids: string[]) => ({
  role: 'assistant',
  content: ids.map((id) => ({ type: 'tool_use', id, name: TOOL, input: {} })),
});
const got = (results: Record<string, unknown>, ...more: object[]) => ({
  role: 'user',
  content: [
    ...Object.entries(results).map(([tool_use_id, content]) => ({ type: 'tool_result', tool_use_id, content })),
    ...more,
  ],
});
const asked = { role: 'user', content: 'Find it' };

interface Sent {
  id?: string;
  tools?: object[];
  system?: string;
  status?: number;
  sessionId?: string | null;
  calls?: string[];
}

function sent(
  messages: object[],
  { id = 'A', tools = [], system = '', status = 200, sessionId = 's', calls = [] }: Sent = {},
) {
  const body = { tools, system, messages };
  const usage = { uncached: 5_000, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 1, webSearches: 0 };
  const message = { content: use(...calls).content, id: null, model: null, role: 'assistant', stopReason: null };
  const { segments } = attributed(body, { usage, thread: { knownServers: ['plugin_docs_search'], agent: null } });
  const response = {
    status,
    usage: status === 200 ? usage : null,
    message: { ...message, complete: true, contextManagement: null },
  };
  return { request: { id: `req_${id}`, sessionId }, response, body, segments } as unknown as AttributedBody;
}

function newJoin(stored: Record<string, KnownCall> = {}, secretOfServer = ''): McpJoin & { asked: string[] } {
  const asked: string[] = [];
  const join = createMcpJoin({
    withoutSecretsOf: ({ name }, text) => (name === connection.name ? text.replaceAll(secretOfServer, '') : text),
    storedCalls(ids) {
      asked.push(...ids);
      return new Map(ids.flatMap((id) => (stored[id] === undefined ? [] : [[id, stored[id]]])));
    },
  });
  join.see([{ type: 'connection', connection }]);
  return { ...join, asked };
}

const deliveries = (writes: McpWrite[]) => writes.flatMap((write) => (write.type === 'delivery' ? write.delivery : []));

describe('a result that a request carries', () => {
  it('is joined with the call, the request that called and the one that carries it', () => {
    const join = newJoin();
    join.join(sent([asked], { id: 'A', calls: ['t1'] }));
    join.see(called('t1', texts('Found.')));
    const [delivery] = deliveries(
      join.join(sent([asked, use('t1'), got({ t1: texts('Found.').content })], { id: 'B' })),
    );
    expect(delivery).toMatchObject({ toolUseId: 't1', calledBy: 'A', carriedBy: 'B', form: 'whole', isError: false });
    expect(delivery?.bytesGot).toBe(JSON.stringify(texts('Found.').content).length - '[]'.length);
    expect(delivery?.tokensGot).toBeGreaterThan(0);
    expect(join.asked).toEqual([]);
  });

  it('is joined once: later requests carry it again', () => {
    const join = newJoin();
    join.see([...called('t1', texts('One')), ...called('t2', texts('Two'))]);
    const first = [asked, use('t1'), got({ t1: texts('One').content })];
    const second = [...first, use('t2'), got({ t2: texts('Two').content })];
    expect(deliveries(join.join(sent(first))).map(({ toolUseId }) => toolUseId)).toEqual(['t1']);
    expect(deliveries(join.join(sent(first))).map(({ toolUseId }) => toolUseId)).toEqual([]);
    expect(deliveries(join.join(sent(second))).map(({ toolUseId }) => toolUseId)).toEqual(['t2']);
  });

  it('is its own where calls with equal arguments are parallel', () => {
    const join = newJoin();
    join.see([...called('t1', texts('One')), ...called('t2', texts('Two'))]);
    const request = sent([asked, use('t1', 't2'), got({ t2: texts('Two').content, t1: 'Else' })]);
    const forms = deliveries(join.join(request)).map(({ toolUseId, form }) => [toolUseId, form]);
    expect(forms).toEqual([
      ['t2', 'whole'],
      ['t1', 'rewritten'],
    ]);
  });

  it.each([
    ['behind it', `Found.\n\n${REMINDER}`],
    ['in blocks of their own', [...texts('Found.').content, { type: 'text', text: REMINDER }]],
  ])('is measured without reminders %s', (_, content) => {
    const join = newJoin();
    join.see(called('t1', texts('Found.')));
    const [delivery] = deliveries(join.join(sent([asked, use('t1'), got({ t1: content })])));
    expect(delivery?.form).toBe('whole');
    expect(delivery?.bytesGot).toBeLessThan(50);
  });

  it.each<[McpCallState, unknown, string]>([
    ['tool_error', { ...texts('No'), isError: true }, 'whole'],
    ['rpc_error', { code: -1, message: 'No' }, 'whole'],
    ['timeout', null, 'rewritten'],
    ['late', texts('No'), 'rewritten'],
    ['cancelled', null, 'rewritten'],
  ])('of a call in the state %s', (state, result, form) => {
    const join = newJoin();
    join.see(called('t1', result, state));
    expect(deliveries(join.join(sent([asked, use('t1'), got({ t1: 'No' })])))[0]?.form).toBe(form);
  });

  it('does not count in a request that the API refused', () => {
    const join = newJoin();
    join.see(called('t1', texts('Found.')));
    const messages = [asked, use('t1'), got({ t1: texts('Found.').content })];
    expect(join.join(sent(messages, { id: 'A', status: 529 }))).toEqual([]);
    expect(deliveries(join.join(sent(messages, { id: 'B' })))[0]?.carriedBy).toBe('B');
  });

  it('waits for the messages of its call', () => {
    const join = newJoin();
    const { request, call } = parts('t1');
    join.see([
      { type: 'message', message: request },
      { type: 'call', call },
    ]);
    expect(join.join(sent([asked, use('t1'), got({ t1: texts('Found.').content })], { id: 'B' }))).toEqual([]);
    expect(deliveries(join.see(called('t1', texts('Found.'))))).toMatchObject([{ carriedBy: 'B', form: 'whole' }]);
    expect(join.see(called('t1', texts('Found.')))).toEqual([]);
  });

  it('is compared with the stored answer where this process has not seen it', () => {
    const bytes = Buffer.from(JSON.stringify({ result: texts('Found.') }));
    const join = newJoin({
      t1: { state: 'ok', answer: { bytes, truncated: false, redacted: false, connectionId: connection.id } },
    });
    const messages = [asked, use('t1', 't2'), got({ t1: 'Lost', t2: 'Lost' })];
    expect(deliveries(join.join(sent(messages)))).toMatchObject([{ toolUseId: 't1', form: 'rewritten' }]);
    expect(join.asked).toEqual(['t1', 't2']);
  });

  it('with a secret of its server, which the request has in clear, is whole', () => {
    const join = newJoin({}, 'session-1 ');
    const said = called('t1', texts('It is open.')).map((write) =>
      write.type === 'message' ? { ...write, message: { ...write.message, redacted: true } } : write,
    );
    join.see([...said, ...called('t2', texts('It is open.'))]);
    const content = texts('It is session-1 open.').content;
    const forms = deliveries(join.join(sent([asked, use('t1', 't2'), got({ t1: content, t2: content })])));
    expect(forms.map(({ form }) => form)).toEqual(['whole', 'rewritten']);
  });

  it('that is too large to keep is known to be shortened', () => {
    const join = newJoin({
      t1: {
        state: 'ok',
        answer: {
          bytes: Buffer.from('{"result":{"con'),
          truncated: true,
          redacted: false,
          connectionId: connection.id,
        },
      },
    });
    expect(deliveries(join.join(sent([asked, use('t1'), got({ t1: 'A' })])))[0]?.form).toBe('cut');
  });
});

describe('a definition', () => {
  const definition = (values: Partial<McpDefinition>): McpWrite => ({
    type: 'definition',
    definition: {
      connectionId: connection.id,
      kind: 'tool',
      name: 'find',
      hash: 'a',
      bytesSaid: 1_000,
      bytesGot: null,
      ...values,
    },
  });
  const tool = (description: string, more: object = {}) => ({ name: TOOL, description, input_schema: {}, ...more });
  const definitions = (writes: McpWrite[]) =>
    writes.flatMap((write) => (write.type === 'definition' ? write.definition : []));

  it('has the bytes that reached the model, once', () => {
    const join = newJoin();
    join.see([definition({ bytesSaid: 6 })]);
    const request = sent([asked], { tools: [tool('Finds.')] });
    expect(definitions(join.join(request))).toMatchObject([{ name: 'find', hash: 'a', bytesGot: 6 }]);
    expect(definitions(join.join(request))).toEqual([]);
    join.see([definition({ hash: 'b' })]);
    expect(definitions(join.join(request))).toMatchObject([{ hash: 'b', bytesGot: 6 }]);
  });

  it('that was shortened has fewer bytes than said', () => {
    const join = newJoin();
    join.see([definition({ bytesSaid: 410 })]);
    const [got] = definitions(join.join(sent([asked], { tools: [tool(`${'a'.repeat(400)}… [truncated]`)] })));
    expect(got?.bytesGot).toBe(400);
  });

  it('that only lost its blanks is whole', () => {
    const join = newJoin();
    join.see([definition({ bytesSaid: 8 })]);
    expect(definitions(join.join(sent([asked], { tools: [tool('Finds.')] })))[0]?.bytesGot).toBe(8);
  });

  it('that is deferred counts once it is loaded', () => {
    const join = newJoin();
    join.see([definition({})]);
    const tools = [tool('Finds.', { defer_loading: true })];
    expect(definitions(join.join(sent([asked], { tools })))).toEqual([]);
    const loaded = { t1: [{ type: 'tool_reference', tool_name: TOOL }] };
    const search = { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'ToolSearch', input: {} }] };
    expect(definitions(join.join(sent([asked, search, got(loaded)], { tools })))).toMatchObject([{ bytesGot: 6 }]);
  });

  it('of instructions is known by the server', () => {
    const join = newJoin();
    join.see([definition({ kind: 'instructions', name: '', bytesSaid: 500 })]);
    const system = `You are Claude.\n\n# MCP Server Instructions\n\nThe following MCP servers have provided instructions for how to use their tools and resources:\n\n## plugin:docs:search\nAsk for docs.\n`;
    expect(definitions(join.join(sent([asked], { system })))).toMatchObject([{ kind: 'instructions', bytesGot: 13 }]);
  });

  it('names the session of a connection that does not say it', () => {
    const join = newJoin();
    join.see([definition({})]);
    const writes = join.join(sent([asked], { tools: [tool('Finds.')], sessionId: 'session-1' }));
    expect(writes[0]).toMatchObject({ type: 'connection', connection: { id: connection.id, sessionId: 'session-1' } });
  });
});
