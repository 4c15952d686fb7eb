import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/index.js';
import { playedMcp } from '../store/support/played-mcp.js';
import { type Operation, type PublishedDocument, published } from './support/published.js';
import { type Answer, type Served, sending, served } from './support/served.js';

let server: Served;
let api: ReturnType<typeof published>;
/** Operations and statuses that were seen, and valid. */
const seen = new Set<string>();
const cleanups: (() => void | Promise<void>)[] = [];

beforeAll(async () => {
  server = await served({}, (cleanup) => void cleanups.push(cleanup));
  const store = openStore(server.file);
  const { connect, play } = playedMcp(store);
  const tickets = connect({ name: 'tickets' }, ['read', 'search']);
  const content = [{ type: 'text', text: 'Ticket 7' }];
  play(tickets, 'tickets', {
    name: 'read',
    result: { content },
    values: { toolUseId: 'toolu_1' },
    received: { content, form: 'cut' },
  });
  play(tickets, 'tickets', { name: 'read', result: { content }, values: { state: 'tool_error' } });
  store.close();
  const { json } = await server.ask('/openapi.json');
  api = published(json as PublishedDocument);
});
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

const operation = (id: string): Operation => {
  const found = api.operations.find(({ operationId }) => operationId === id);
  if (found === undefined) throw new Error(`${id} is not published`);
  return found;
};

/** Asks, and expects that the answer is one that is documented for the operation. */
async function call(operationId: string, path: string, init: RequestInit = {}): Promise<Answer> {
  const answer = await server.ask(path, { method: operation(operationId).method.toUpperCase(), ...init });
  api.expectPublished(operation(operationId), answer);
  seen.add(`${operationId} ${answer.status}`);
  return answer;
}

/** Of exchanges that were answered and rated, or not. */
function answered(isRated: boolean, at = 0): string {
  const found = server.exchanges.filter(({ response, rating }) => response !== null && (rating !== null) === isRated);
  return found[at]?.request.id ?? '';
}

describe('every operation answers as documented', () => {
  it.each([
    ['getHealth', '/healthz'],
    ['listRequests', '/api/claude/requests?limit=100&kind=all'],
    [
      'listRequests',
      '/api/claude/requests?context_source=mcp:*&session_id=session-1&model=claude-*&status=2xx&q=caf%C3%A9',
    ],
    [
      'listRequests',
      '/api/claude/requests?sort_by=cost&order=asc&rated=true&min_rating=-1&max_rating=0.5&min_tokens=10',
    ],
    [
      'listRequests',
      '/api/claude/requests?start_time=2026-05-01&end_time=2026-05-01T10:01:00%2B00:00&agent=agent-1&project=project',
    ],
    ['getRequest', '/api/claude/requests/last'],
    ['listSegments', '/api/claude/requests/last/segments'],
    ['getRequestBody', '/api/claude/requests/last/body'],
    ['listContexts', '/api/claude/contexts?limit=50'],
    ['listContexts', '/api/claude/contexts?source_type=McpServer&source_name=s*&request_id=last'],
    ['getSourceMetrics', '/api/claude/metrics/sources'],
    [
      'getSourceMetrics',
      '/api/claude/metrics/sources?source_name=serena&sort_by=average_rating&order=asc&end_time=2027-01-01',
    ],
    ['getSummary', '/api/claude/metrics/summary'],
    ['getModelMetrics', '/api/claude/metrics/models'],
    ['getHistory', '/api/claude/metrics/history?bucket=hour'],
    ['getHistory', '/api/claude/metrics/history?source_name=serena'],
    ['listFeedback', '/api/claude/feedback?min_rating=-1&max_rating=1&user_id=local-user'],
    ['listSessions', '/api/claude/sessions?start_time=2026-01-01'],
    ['getSession', '/api/claude/sessions/session-1'],
    ['listBudgets', '/api/claude/budgets?session_id=session-1'],
    ['listTurns', '/api/claude/turns?session_id=session-1&project=project'],
    ['getGroupMetrics', '/api/claude/metrics/groups?agent=agent-1'],
    ['listMcpServers', '/api/claude/mcp/servers'],
    ['listMcpTools', '/api/claude/mcp/tools?server=tick*&project=project'],
    ['listMcpCalls', '/api/claude/mcp/calls?state=error&tool=read&limit=1'],
    ['getMcpCall', '/api/claude/mcp/calls/last'],
  ])('%s: %s', async (operationId, path) => {
    expect(await call(operationId, path)).toMatchObject({ status: 200 });
  });

  it('nameSession: a name belongs to one session', async () => {
    const path = '/api/claude/sessions';
    const name = (id: string, value: string | null) =>
      call('nameSession', `${path}/${id}`, sending('PUT', { name: value }));
    const { sessions } = (await server.ask(path)).json as { sessions: { id: string }[] };
    const [first = '', second = ''] = sessions.map(({ id }) => id);
    expect(await name(first, 'of one')).toMatchObject({ status: 200, json: { id: first, name: 'of one' } });
    expect(await name(second, 'of one')).toMatchObject({ status: 409 });
    expect(await name('of%20one', null)).toMatchObject({ status: 200, json: { id: first, name: null } });
  });

  it('getTurn: a turn that listTurns has', async () => {
    const { json } = await call('listTurns', '/api/claude/turns');
    const [turn] = (json as { turns: { id: string; requests: number }[] }).turns;
    const listed = await call('listRequests', `/api/claude/requests?turn_id=${turn?.id}`);
    expect(listed.json).toMatchObject({ total: turn?.requests });
    expect(await call('getTurn', `/api/claude/turns/${turn?.id}`)).toMatchObject({ status: 200, json: turn });
  });

  it.each([
    ['listRequests', '/api/claude/requests?context_source=serena', ['mcp:Serena', 'mcp:serena']],
    ['listRequests', '/api/claude/requests?context_source=mcp:serena&end_time=2000-01-01', undefined],
    ['listSegments', '/api/claude/requests/last/segments?source=nobody', []],
    ['listContexts', '/api/claude/contexts?source_name=mcp:serena', ['serena']],
    ['getSourceMetrics', '/api/claude/metrics/sources?source_name=SERENA', ['Serena', 'serena']],
    ['getHistory', '/api/claude/metrics/history?source_name=sereno', ['Serena', 'serena']],
  ])('%s: %s suggests %j', async (operationId, path, meant) => {
    const { status, json } = await call(operationId, path);
    expect({ status, meant: (json as { did_you_mean?: string[] }).did_you_mean }).toEqual({ status: 200, meant });
  });

  it('MCP calls of a request, and a call with what the model got of it', async () => {
    const { json } = await call('getMcpCall', '/api/claude/mcp/calls/toolu_1');
    const { delivery } = json as { delivery: { carried_by: string } };
    expect(json).toMatchObject({
      state: 'ok',
      request: { message: { method: 'tools/call', params: { name: 'read' } } },
      answer: { message: { result: { content: [{ text: 'Ticket 7' }] } } },
      delivery: { form: 'cut' },
      received: [{ type: 'text', text: 'Ticket 7' }],
      carriage: { requests: 1 },
    });
    const listed = await call('listMcpCalls', `/api/claude/mcp/calls?request_id=${delivery.carried_by}`);
    expect(listed.json).toMatchObject({ calls: [{ tool_use_id: 'toolu_1' }], total: 1 });
    const failed = await call('listMcpCalls', '/api/claude/mcp/calls?state=error');
    expect(failed.json).toMatchObject({ calls: [{ state: 'tool_error', delivery: null }], total: 1 });
    const { json: servers } = await call('listMcpServers', '/api/claude/mcp/servers?server=tickets');
    expect(servers).toMatchObject({ servers: [{ calls: 2, failed_calls: 1, tools: 2, never_called: 1 }] });
  });

  it('responses, and the exact bytes of both bodies', async () => {
    const id = answered(false);
    const exchange = server.exchanges.find(({ request }) => request.id === id);
    expect(await call('getResponse', `/api/claude/responses/${id}`)).toMatchObject({
      status: 200,
      json: { request_id: id, status_code: exchange?.response?.status },
    });
    const [sent, came] = [
      await call('getRequestBody', `/api/claude/requests/${id}/body`),
      await call('getResponseBody', `/api/claude/responses/${id}/body`),
    ];
    expect([sent.text, came.text]).toEqual([
      Buffer.from(exchange?.request.body.bytes ?? '').toString(),
      Buffer.from(exchange?.response?.body.bytes ?? '').toString(),
    ]);
  });

  it('a whole request has its attributions, its response and its rating', async () => {
    const { json } = await call('getRequest', `/api/claude/requests/${answered(true)}`);
    expect(json).toMatchObject({
      has_feedback: true,
      body_json: { model: 'claude-test' },
      response: { id: answered(true).replace('req', 'resp') },
      feedback: { id: expect.stringMatching(/^fb_/), request_id: answered(true) },
    });
  });

  it('feedback is given, read, changed, and removed', async () => {
    const request = answered(false, 1);
    const given = await call(
      'addFeedback',
      '/api/claude/feedback',
      sending('POST', { request_id: request, rating: 0.5 }),
    );
    expect(given).toMatchObject({ status: 201, json: { rating: 0.5, user_id: 'local-user', feedback_text: null } });
    const { id } = given.json as { id: string };
    expect(await call('getFeedback', `/api/claude/feedback/${id}`)).toMatchObject({ status: 200, json: given.json });
    expect((await call('getFeedbackOfRequest', `/api/claude/feedback/by-request/${request}`)).json).toEqual(given.json);
    const changed = await call(
      'changeFeedback',
      `/api/claude/feedback/${id}`,
      sending('PUT', { feedback_text: 'why' }),
    );
    expect(changed).toMatchObject({ status: 200, json: { rating: 0.5, feedback_text: 'why' } });
    const cleared = await call('changeFeedback', `/api/claude/feedback/${id}`, sending('PUT', { feedback_text: null }));
    expect(cleared.json).toMatchObject({ rating: 0.5, feedback_text: null });
    expect(await call('removeFeedback', `/api/claude/feedback/${id}`)).toMatchObject({ status: 204, text: '' });
    expect(await call('removeFeedback', `/api/claude/feedback/${id}`)).toMatchObject({ status: 404 });
  });

  it('pages fit together, by offset and by the last id', async () => {
    const page = async (query: string) => {
      const { json } = await call('listRequests', `/api/claude/requests?limit=7&${query}`);
      return json as { requests: { id: string }[]; total: number };
    };
    const [first, second] = [await page(''), await page('offset=7')];
    expect(await page(`after=${first.requests.at(-1)?.id}`)).toEqual({ ...second, offset: 0 });
    // With the one that carried the result of an MCP call.
    expect(first.total).toBe(1 + server.exchanges.filter(({ request }) => request.kind === 'messages').length);
  });
});

describe('errors name the invalid parameter', () => {
  const LONG = 'x'.repeat(1_001);
  it.each([
    ['listRequests', 'limit=0', 'limit', 'a whole number from 1 to 100'],
    ['listRequests', 'limit=101', 'limit', 'a whole number from 1 to 100'],
    ['listRequests', 'limit=1e1', 'limit', 'a whole number from 1 to 100'],
    ['listRequests', 'limit=', 'limit', 'a whole number from 1 to 100'],
    ['listRequests', 'limit=1&limit=2', 'limit', 'once'],
    ['listRequests', 'offset=-1', 'offset', 'a whole number from 0'],
    ['listRequests', 'start_time=yesterday', 'start_time', 'ISO 8601'],
    ['listRequests', 'start_time=2026-01-31T12:00:00', 'start_time', 'ISO 8601'],
    ['listRequests', 'end_time=2026-13-31', 'end_time', 'ISO 8601'],
    ['listRequests', 'end_time=2026-02-30T00:00:00Z', 'end_time', 'ISO 8601'],
    ['listRequests', 'status=600', 'status', 'a code (200), a class (4xx), error, or one of open'],
    ['listRequests', 'kind=message', 'kind', 'one of messages, count_tokens'],
    ['listRequests', 'kind=all&kind=all', 'kind', 'give it once'],
    ['listRequests', 'rated=yes', 'rated', 'one of true, false'],
    ['listRequests', 'min_rating=2', 'min_rating', 'a number from -1 to 1'],
    ['listRequests', 'min_tokens=x', 'min_tokens', 'a whole number'],
    ['listRequests', 'sort_by=id', 'sort_by', 'one of time, cost'],
    ['listRequests', 'order=down', 'order', 'one of asc, desc'],
    ['listRequests', 'q=', 'q', '1 to 1000 characters'],
    ['listRequests', 'q=...', 'q', 'no letter or digit'],
    ['listRequests', `model=${LONG}`, 'model', '1 to 1000 characters'],
    ['listRequests', 'after=last&offset=1', 'after', 'without offset'],
    ['listRequests', 'lmit=1', 'lmit', 'not a parameter of this operation'],
    ['listContexts', 'source_type=mcp', 'source_type', 'one of User, Framework, McpServer, Skill'],
    ['listContexts', 'request_id=', 'request_id', '1 to 1000 characters'],
    ['getSourceMetrics', 'sort_by=name', 'sort_by', 'one of usage_count'],
    ['getSummary', 'start_time=1', 'start_time', 'ISO 8601'],
    ['getModelMetrics', 'by=day', 'by', 'not a parameter of this operation'],
    ['getHistory', 'bucket=year', 'bucket', 'one of hour, day, week, month'],
    ['listFeedback', 'max_rating=-1.5', 'max_rating', 'a number from -1 to 1'],
    ['getGroupMetrics', 'agent=', 'agent', 'characters'],
    ['listTurns', 'limit=x', 'limit', 'a whole number from 1 to 100'],
    ['listSessions', 'limit=x', 'limit', 'a whole number from 1 to 100'],
    ['listSessions', 'start_time=2026-02-30', 'start_time', 'ISO 8601'],
    ['listRequests', 'start_time=2026-02-02&end_time=2026-02-01', 'start_time', 'at most end_time'],
    ['getSourceMetrics', 'start_time=2026-02-02&end_time=2026-02-01', 'start_time', 'at most end_time'],
    ['getModelMetrics', 'start_time=2026-02-02&end_time=2026-02-01', 'start_time', 'at most end_time'],
    ['getSummary', 'start_time=2026-02-02&end_time=2026-02-01', 'start_time', 'at most end_time'],
    ['getHistory', 'start_time=2026-02-02&end_time=2026-02-01', 'start_time', 'at most end_time'],
    ['listFeedback', 'start_time=2026-02-02&end_time=2026-02-01', 'start_time', 'at most end_time'],
    ['listMcpServers', 'scope=user', 'scope', 'not a parameter of this operation'],
    ['listMcpTools', 'start_time=2026-02-02&end_time=2026-02-01', 'start_time', 'at most end_time'],
    ['listMcpCalls', 'state=failed', 'state', 'one of open, ok, tool_error'],
    ['listFeedback', 'min_rating=1&max_rating=0', 'min_rating', 'at most max_rating'],
  ])('%s?%s', async (operationId, query, parameter, expected) => {
    const answer = await call(operationId, `${operation(operationId).path}?${query}`);
    expect(answer).toMatchObject({
      status: 400,
      json: { error: expect.stringContaining(expected), details: [{ in: 'query', parameter }] },
    });
  });

  it.each([
    ['addFeedback', { rating: 1 }, 'request_id', '1 to 200 characters'],
    ['addFeedback', { request_id: 'last', rating: 1.5 }, 'rating', 'a number from -1 to 1'],
    ['addFeedback', { request_id: 'last', rating: '1' }, 'rating', 'a number from -1 to 1'],
    ['addFeedback', { request_id: 'last', rating: 1, feedback_text: 'x'.repeat(2_001) }, 'feedback_text', '2000'],
    ['addFeedback', { request_id: 'last', rating: 1, user: 'me' }, 'user', 'not a parameter'],
    ['addFeedback', [], null, 'object'],
    ['changeFeedback', {}, null, 'rating, feedback_text, or both'],
    ['changeFeedback', { rating: null }, 'rating', 'a number from -1 to 1'],
    ['nameSession', { name: '' }, 'name', '1 to 60 characters'],
  ] as const)('%s with the body %j', async (operationId, body, parameter, expected) => {
    const { path, method } = operation(operationId);
    const answer = await call(operationId, path, sending(method === 'put' ? 'PUT' : 'POST', body));
    expect(answer).toMatchObject({
      status: 400,
      json: { error: expect.stringContaining(expected), details: [{ in: 'body', parameter }] },
    });
  });

  it.each(['{', '', '"x"', '[1'])('a body that is not an object: %j', async (body) => {
    const headers = { 'content-type': 'application/json' };
    expect(await call('addFeedback', '/api/claude/feedback', { body, headers })).toMatchObject({ status: 400 });
    expect(await call('addFeedback', '/api/claude/feedback', { body: body || ' ' })).toMatchObject({ status: 400 });
  });

  it('an ambiguous beginning of an id', async () => {
    const beginning = server.exchanges[1]?.request.id.slice(0, 8) ?? '';
    const [inPath, inQuery] = [{ in: 'path', parameter: 'id' }, { in: 'query' }];
    for (const [operationId, path, where, init] of [
      ['getRequest', `/api/claude/requests/${beginning}`, inPath],
      ['listSegments', `/api/claude/requests/${beginning}/segments`, inPath],
      ['getRequestBody', `/api/claude/requests/${beginning}/body`, inPath],
      ['getResponse', `/api/claude/responses/${beginning}`, inPath],
      ['getResponseBody', `/api/claude/responses/${beginning}/body`, inPath],
      ['getFeedbackOfRequest', `/api/claude/feedback/by-request/${beginning}`, { in: 'path', parameter: 'request_id' }],
      ['getSession', '/api/claude/sessions/session', inPath],
      ['getTurn', '/api/claude/turns/turn_', inPath],
      ['getMcpCall', '/api/claude/mcp/calls/mcpc_0', inPath],
      ['listRequests', `/api/claude/requests?after=${beginning}`, { ...inQuery, parameter: 'after' }],
      ['listContexts', `/api/claude/contexts?request_id=${beginning}`, { ...inQuery, parameter: 'request_id' }],
      [
        'addFeedback',
        '/api/claude/feedback',
        { in: 'body', parameter: 'request_id' },
        sending('POST', { request_id: beginning, rating: 1 }),
      ],
    ] as [string, string, object, RequestInit?][]) {
      expect(await call(operationId, path, init)).toMatchObject({ status: 400, json: { details: [where] } });
    }
    expect(await call('listBudgets', '/api/claude/budgets?session_id=session')).toMatchObject({ status: 400 });
    const tooLong = 'x'.repeat(201);
    expect(await call('getTurn', `/api/claude/turns/${tooLong}`)).toMatchObject({ status: 400 });
    expect(await call('getFeedback', `/api/claude/feedback/${tooLong}`)).toMatchObject({ status: 400 });
    expect(await call('removeFeedback', `/api/claude/feedback/${tooLong}`)).toMatchObject({ status: 400 });
    const header = { headers: { 'last-event-id': 'x' } };
    expect(await call('followEvents', '/api/claude/events', header)).toMatchObject({
      status: 400,
      json: { details: [{ in: 'header', parameter: 'last-event-id' }] },
    });
  });

  it('something that does not exist', async () => {
    const open = server.exchanges.find(({ response }) => response === null)?.request.id;
    for (const [operationId, path, init] of [
      ['listRequests', '/api/claude/requests?after=req_zz'],
      ['getRequest', '/api/claude/requests/req_zz'],
      ['listSegments', '/api/claude/requests/req_zz/segments'],
      ['getRequestBody', '/api/claude/requests/req_zz/body'],
      ['getResponse', `/api/claude/responses/${open}`],
      ['getResponseBody', `/api/claude/responses/${open}/body`],
      ['listContexts', '/api/claude/contexts?request_id=req_zz'],
      ['getFeedback', '/api/claude/feedback/fb_zz'],
      ['getFeedback', `/api/claude/feedback/${answered(true)}`],
      ['changeFeedback', '/api/claude/feedback/fb_zz', sending('PUT', { rating: 1 })],
      ['addFeedback', '/api/claude/feedback', sending('POST', { request_id: 'req_zz', rating: 1 })],
      ['getFeedbackOfRequest', `/api/claude/feedback/by-request/${answered(false)}`],
      ['getSession', '/api/claude/sessions/nobody'],
      ['getTurn', '/api/claude/turns/turn_nobody'],
      ['getMcpCall', '/api/claude/mcp/calls/mcpc_nobody'],
      ['listMcpCalls', '/api/claude/mcp/calls?request_id=req_zz'],
      ['listBudgets', '/api/claude/budgets?session_id=nobody'],
      ['listTurns', '/api/claude/turns?session_id=nobody'],
      ['listMcpServers', '/api/claude/mcp/servers?session_id=nobody'],
      ['listMcpTools', '/api/claude/mcp/tools?session_id=nobody'],
      ['nameSession', '/api/claude/sessions/nobody', sending('PUT', { name: 'x' })],
    ] as [string, string, RequestInit?][]) {
      expect(await call(operationId, path, init)).toMatchObject({ status: 404 });
    }
    expect(await server.ask('/api/claude/nothing')).toMatchObject({ status: 404, json: { error: expect.any(String) } });
  });

  it('a second rating of a request, and a body that is too large, also without a length', async () => {
    const twice = sending('POST', { request_id: answered(true), rating: 1 });
    expect(await call('addFeedback', '/api/claude/feedback', twice)).toMatchObject({
      status: 409,
      json: { error: expect.stringContaining('PUT') },
    });
    const large = JSON.stringify({ request_id: 'x'.repeat(70_000), rating: 1 });
    const headers = { 'content-type': 'application/json' };
    const stream = () => ({ body: new Blob([large]).stream(), duplex: 'half' as const, headers });
    expect(await call('addFeedback', '/api/claude/feedback', { body: large, headers })).toMatchObject({ status: 413 });
    expect(await call('addFeedback', '/api/claude/feedback', stream())).toMatchObject({ status: 413 });
    expect(await call('changeFeedback', '/api/claude/feedback/fb_x', stream())).toMatchObject({ status: 413 });
    expect(await call('removeFeedback', '/api/claude/feedback/fb_x', stream())).toMatchObject({ status: 413 });
    expect(await call('nameSession', '/api/claude/sessions/last', stream())).toMatchObject({ status: 413 });
  });

  it('a missing token, and a page of another site, for every operation', async () => {
    for (const { operationId, path, method } of api.operations) {
      if (operationId === 'getHealth') continue;
      const refused = await call(operationId, path, { method: method.toUpperCase(), headers: { authorization: '' } });
      expect(refused).toMatchObject({ status: 401, json: { error: expect.stringContaining('token') } });
      const foreign = await call(operationId, path, { headers: { origin: 'http://evil.example' } });
      expect(foreign.status).toBe(403);
    }
  });
});

it('all documented answers were seen, except failures of the server itself', () => {
  const documented = api.operations.flatMap(({ operationId, responses }) =>
    Object.keys(responses).map((status) => `${operationId} ${status}`),
  );
  const unseen = documented.filter((each) => !seen.has(each) && !/ 50[03]$/.test(each));
  // A stream has a test of its own (events.test.ts).
  expect(unseen).toEqual(['followEvents 200']);
  expect(server.logged.filter((line) => !line.includes('refused'))).toEqual([]);
});
