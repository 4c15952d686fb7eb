import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createProgressFollower } from '../../../src/capture/progress/progress-follower.js';
import { createRecorder } from '../../../src/capture/recorder.js';
import type { CapturedRequest, CapturedResponse, HeaderList } from '../../../src/model/exchange.js';
import type { RuleHits } from '../../../src/model/rule-hits.js';
import type { HttpEvent } from '../../../src/wire/index.js';
import { settled } from '../support/settled.js';
import { configured, redactor } from './support.js';

interface Exchange {
  target?: string;
  host?: string;
  body: unknown;
  status?: number;
  type?: string;
  answer?: string;
  encoding?: 'gzip';
}

let n = 0;

function wire({
  target = '/v1/messages?beta=true',
  host = 'api.anthropic.com',
  body,
  status = 200,
  type = 'application/json',
  answer = '',
  encoding,
}: Exchange): HttpEvent[] {
  const exchange = `01hexchange0000000000000${String(n++).padStart(2, '0')}`;
  const sent = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const got = encoding === 'gzip' ? zlib.gzipSync(answer) : Buffer.from(answer);
  const headers: HeaderList = [
    ['Content-Type', type],
    ...(encoding ? ([['Content-Encoding', encoding]] as const) : []),
  ];
  return [
    {
      type: 'request_head',
      exchange,
      host,
      port: 443,
      scheme: 'https',
      method: 'POST',
      target,
      httpVersion: '1.1',
      headers: [['X-Claude-Code-Session-Id', 'session-1']],
      at: 100,
    },
    { type: 'request_body', exchange, bytes: sent, at: 101 },
    { type: 'request_end', exchange, size: sent.length, truncated: false, at: 110 },
    { type: 'response_head', exchange, status, reason: 'OK', httpVersion: '1.1', headers, at: 190 },
    { type: 'response_body', exchange, bytes: got, at: 200 },
    { type: 'response_end', exchange, size: got.length, truncated: false, at: 990 },
    settled(exchange),
  ];
}

/** What a recorder with these rules reports of exchanges, in order. */
function captured(rules: string, ...exchanges: Exchange[]) {
  const reported: (CapturedRequest | CapturedResponse | RuleHits)[] = [];
  const recorder = createRecorder({
    runId: 'run_1',
    redactor: redactor(),
    rules: configured(rules),
    onRequest: (request) => reported.push(request),
    onEnd: (_, response) => reported.push(response),
    onHits: (hits) => reported.push(hits),
  });
  for (const event of exchanges.flatMap(wire)) recorder.handle(event);
  const requests = reported.flatMap((each) => ('runId' in each ? [each] : []));
  const responses = reported.flatMap((each) => ('requestId' in each ? [each] : []));
  return {
    reported,
    requests,
    responses,
    hits: reported.flatMap((each) =>
      'of' in each ? each.hits.map(({ rule, detail }) => [each.of, rule, detail]) : [],
    ),
    stored: [...requests, ...responses]
      .map(({ body, ...rest }) => Buffer.from(body.bytes).toString() + JSON.stringify(rest))
      .join('\n'),
  };
}

const sse = (...events: object[]) =>
  events.map((event) => `event: ${'type' in event ? event.type : ''}\ndata: ${JSON.stringify(event)}\n\n`).join('');

const delta = (index: number, piece: object) => ({ type: 'content_block_delta', index, delta: piece });
const text = (piece: string) => ({ type: 'text_delta', text: piece });

/** A text in pieces, a tool use in pieces, and another text. */
const STREAM = sse(
  {
    type: 'message_start',
    message: {
      id: 'msg_1',
      role: 'assistant',
      model: 'claude-test',
      content: [],
      usage: { input_tokens: 10, output_tokens: 1 },
    },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  delta(0, text('mail jane')),
  delta(0, text('@example.org')),
  { type: 'content_block_stop', index: 0 },
  {
    type: 'content_block_start',
    index: 1,
    content_block: { type: 'tool_use', id: 'toolu_1', name: 'send', input: {} },
  },
  delta(1, { type: 'input_json_delta', partial_json: '{"to":"jane@exa' }),
  delta(1, { type: 'input_json_delta', partial_json: 'mple.org","n":1}' }),
  { type: 'content_block_stop', index: 1 },
  { type: 'content_block_start', index: 2, content_block: { type: 'text', text: '' } },
  delta(2, text('the end')),
  { type: 'content_block_stop', index: 2 },
  { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 25 } },
  { type: 'message_stop' },
);

const BODY = {
  model: 'claude-test',
  stream: true,
  max_tokens: 5,
  messages: [{ role: 'user', content: 'write to jane@example.org' }],
};

describe('requests to the API', () => {
  it('are tagged by their path, their body and their session, after they were reported', () => {
    const rules = `
      - { id: api, when: { transport: api, method: { prefix: /v1/messages } }, then: [{ tag: asked }] }
      - { id: big, when: { transport: api, params: { $.max_tokens: { gt: 4 } } }, then: [{ alert: large }] }
      - { id: mcp, when: { server: tickets }, then: [{ tag: never }] }
      - { id: stdio, when: { transport: stdio }, then: [{ tag: never }] }`;
    const { hits, reported, requests } = captured(rules, { body: BODY });
    expect(hits).toEqual([
      [requests[0]?.id, 'api', 'asked'],
      [requests[0]?.id, 'big', 'large'],
    ]);
    expect(reported.map((each) => ('of' in each ? 'hits' : 'requestId' in each ? 'response' : 'request'))).toEqual([
      'request',
      'hits',
      'response',
    ]);
    expect(requests[0]).toMatchObject({ sessionId: 'session-1', model: 'claude-test', body: { redacted: false } });
    expect(Buffer.from(requests[0]?.body.bytes ?? []).toString()).toBe(JSON.stringify(BODY));
  });

  it('are redacted before anything is made of them, and stay what attribution reads', () => {
    const rules = `[{ id: r, when: { transport: api }, then: [{ redact: '$.messages[*].content' }] }]`;
    const { requests, responses, stored } = captured(
      rules,
      { body: BODY, type: 'text/event-stream', answer: STREAM },
      {
        target: '/v1/messages/count_tokens',
        body: { ...BODY, system: 'to write to jane@example.org is allowed' },
        answer: '{"input_tokens":5}',
      },
    );
    expect(JSON.parse(Buffer.from(requests[0]?.body.bytes ?? []).toString())).toEqual({
      ...BODY,
      messages: [{ role: 'user', content: '[redacted]' }],
    });
    expect(requests[0]).toMatchObject({ model: 'claude-test', streaming: true, sessionId: 'session-1' });
    // The whole text is hidden wherever it is repeated.
    expect(stored).toContain('to [redacted] is allowed');
    expect(responses[0]?.message?.content).toHaveLength(3);
  });

  it('leave answers readable, even if a word of the protocol is redacted', () => {
    const rules = `[{ id: r, when: { transport: api }, then: [{ redact: $.messages }] }]`;
    for (const word of ['message', 'content', 'complete', 'stopReason']) {
      const { responses } = captured(rules, {
        body: { ...BODY, messages: [{ role: 'user', content: word }] },
        type: 'text/event-stream',
        answer: STREAM,
      });
      expect(responses[0]?.message).toMatchObject({ complete: true, stopReason: 'tool_use', content: [{}, {}, {}] });
      expect(responses[0]?.usage).toMatchObject({ output: 25 });
    }
  });

  it('that cannot be read are not kept where a rule may redact something in them, and kept elsewhere', () => {
    const redacts = `[{ id: r, when: { transport: api }, then: [{ redact: $.system }] }]`;
    const broken = { body: '{"system":"a long secret text", broken' };
    const { requests, stored } = captured(redacts, broken);
    expect(stored).not.toContain('secret text');
    expect(requests[0]?.degraded).toMatch(/^it could not be read as JSON: the body is not kept/);
    const elsewhere = `[{ id: r, when: { transport: api, direction: server_to_client }, then: [{ redact: $.id }] }]`;
    expect(captured(elsewhere, broken).stored).toContain('secret text');
    expect(captured(redacts, { ...broken, target: '/api/other' }).stored).toContain('secret text');
  });
});

describe('answers of the API', () => {
  const TEXTS = `[{ id: r, when: { transport: api, kind: response }, then: [{ redact: '$.content[0].text' }, { redact: '$.content[1].input.to' }, { tag: hid }] }]`;

  it.each([undefined, 'gzip'] as const)(
    'that are streams (%s) lose what rules redact, and nothing else',
    (encoding) => {
      const { responses, stored, hits, requests } = captured(TEXTS, {
        body: { ...BODY, messages: [] },
        type: 'text/event-stream',
        answer: STREAM,
        ...(encoding && { encoding }),
      });
      expect(stored).not.toMatch(/jane|example\.org/);
      const [response] = responses;
      expect(response).toMatchObject({
        state: 'complete',
        body: { redacted: true },
        usage: { uncached: 10, output: 25 },
        message: {
          id: 'msg_1',
          stopReason: 'tool_use',
          complete: true,
          content: [
            { type: 'text', text: '[redacted]' },
            { type: 'tool_use', name: 'send', input: { to: '[redacted]', n: 1 } },
            { type: 'text', text: 'the end' },
          ],
        },
        // The first delta, though it is no longer there.
        ttftMs: 100,
      });
      expect(Buffer.from(response?.body.bytes ?? []).toString()).toContain('"text":"the end"');
      expect(hits).toEqual(
        [
          [response?.id, 'r', null],
          [response?.id, 'r', null],
          [response?.id, 'r', 'hid'],
        ].map(([of, rule, detail], index) => [of, rule, index === 2 ? detail : expect.anything()]),
      );
      expect(requests).toHaveLength(1);
    },
  );

  it('that are documents or errors lose it, too, and later requests do', () => {
    const message = {
      type: 'message',
      id: 'msg_2',
      role: 'assistant',
      model: 'm',
      content: [{ type: 'text', text: 'mail jane@example.org' }],
      usage: { input_tokens: 1, output_tokens: 2 },
      stop_reason: 'end_turn',
    };
    const errors = `[{ id: r, when: { transport: api, kind: response }, then: [{ redact: '$.message' }] }]`;
    const { stored, responses } = captured(
      TEXTS,
      { body: {}, answer: JSON.stringify(message) },
      { body: { messages: [{ role: 'assistant', content: 'mail jane@example.org' }] } },
    );
    expect(stored).not.toContain('jane');
    expect(responses[0]).toMatchObject({ message: { content: [{ text: '[redacted]' }] }, usage: { output: 2 } });
    const failed = captured(errors, {
      body: {},
      status: 400,
      answer: '{"type":"error","error":{"type":"bad","message":"jane@example.org is unknown"}}',
    });
    expect(failed.stored).not.toContain('jane');
    expect(failed.responses[0]).toMatchObject({ state: 'failed', error: 'bad: [redacted]' });
  });

  it('are known by what was asked, and whole blocks may go', () => {
    const rules = `
      - id: r
        when: { transport: api, kind: response, params: { $.max_tokens: 5 }, result: { $.stop_reason: tool_use } }
        then: [{ redact: '$.content[1]' }, { redact: $.model }]`;
    const asked = { body: BODY, type: 'text/event-stream', answer: STREAM };
    const { responses, stored } = captured(rules, { ...asked, body: { ...BODY, max_tokens: 6 } }, asked);
    expect(responses.map(({ message }) => message?.content[1]?.type)).toEqual(['tool_use', 'text']);
    expect(responses[1]?.message).toMatchObject({ model: '[redacted]', complete: true });
    expect(stored.match(/toolu_1/g)?.length).toBeGreaterThan(0);
    expect(Buffer.from(responses[1]?.body.bytes ?? []).toString()).not.toMatch(/toolu_1|example/);
  });

  it('of which only the beginning was seen lose what was seen of it', () => {
    const cut = STREAM.slice(0, STREAM.indexOf('"delta":{"type":"text_delta","text":"@exa') + 45);
    const { stored, responses } = captured(TEXTS, { body: { messages: [] }, type: 'text/event-stream', answer: cut });
    expect(stored).not.toMatch(/jane|@exa/);
    expect(responses[0]?.message?.complete).toBe(false);
  });
});

it('redacts nothing in other traffic than that of the model, but what it has redacted before', () => {
  const rules = `[{ id: r, when: { transport: api }, then: [{ redact: $.name }] }]`;
  const { stored } = captured(
    rules,
    { target: '/api/hello', body: { name: 'a name in a report' } },
    { body: { name: 'another name of a body' } },
    { target: '/api/hello', body: { text: 'of another name of a body' } },
  );
  expect(stored).toContain('a name in a report');
  expect(stored).toContain('of [redacted]');
});

it('growing answers show no text where a rule may redact something in answers', async () => {
  const rules = configured(`[{ id: r, when: { transport: api, kind: response }, then: [{ redact: $.content }] }]`);
  const made = redactor();
  const recorder = createRecorder({ runId: 'run_1', redactor: made, rules, onRequest: () => {}, onEnd: () => {} });
  const shown = new Promise<string>((resolve) => {
    const follower = createProgressFollower({
      recorder,
      redactor: made,
      hidesTexts: rules.redactsAnswers,
      onGrown: (answers) => resolve(JSON.stringify(answers)),
      onFailed: (error) => resolve(String(error)),
    });
    follower.watch(true);
    const events = wire({ body: BODY, type: 'text/event-stream', answer: STREAM }).slice(0, 5);
    for (const event of events) {
      recorder.handle(event);
      if (event.type === 'response_body') follower.touch(event.exchange);
    }
  });
  const answers = await shown;
  expect(answers).not.toMatch(/jane|the end/);
  expect(JSON.parse(answers)).toMatchObject([
    { blocks: [{ type: 'text', text: '[redacted]' }, { name: 'send', text: '[redacted]' }, {}] },
  ]);
});
