import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { describe, expect, it } from 'vitest';
import { requestSpan } from '../../../src/export/spans/request-span.js';
import { toolSpans } from '../../../src/export/spans/tool-spans.js';
import type { AssembledMessage } from '../../../src/model/message.js';
import { requestRow } from '../../text/support/request-rows.js';

const SESSION = 'f0b1c2d3-0000-4000-8000-000000000001';

const MESSAGE: AssembledMessage = {
  id: 'msg_1',
  model: 'claude-sonnet-4-5-20250929',
  role: 'assistant',
  content: [
    { type: 'thinking', thinking: 'zorblax-thought' },
    { type: 'text', text: 'zorblax-answer' },
  ],
  stopReason: 'end_turn',
  complete: true,
  contextManagement: null,
};

const BODY = {
  model: 'claude-sonnet-4-5',
  max_tokens: 64,
  temperature: 0.5,
  system: [{ type: 'text', text: 'zorblax-system' }],
  messages: [
    { role: 'user', content: 'zorblax-prompt' },
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'I look.' },
        { type: 'tool_use', id: 'toolu_1', name: 'Read', input: { path: 'zorblax-path' } },
        { type: 'tool_use', id: 'toolu_2', name: 'Task', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'toolu_1', content: 'zorblax-result' },
        { type: 'tool_result', tool_use_id: 'toolu_2', content: 'no', is_error: true },
        { type: 'tool_result', tool_use_id: 'toolu_from_nowhere', content: '' },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
      ],
    },
  ],
};

const ROW = requestRow({
  sessionId: SESSION,
  sources: [
    { source: 'mcp:serena', tokens: 600, newTokens: null, share: 0.6, costUsd: 0.001 },
    { source: 'mcp:tickets', tokens: 100, newTokens: null, share: 0.1, costUsd: 0.002 },
    { source: 'user', tokens: 300, newTokens: null, share: 0.3, costUsd: 0.003 },
  ],
});
const CALLING = { id: 'req_0', end: ROW.timestamp.getTime() - 2_000 };
const allSpans = (withContent: boolean) => [
  requestSpan({ row: ROW, body: BODY, message: MESSAGE }, withContent),
  ...toolSpans(ROW, BODY, CALLING, withContent),
];

describe('the span of a request', () => {
  it('has the attributes of the GenAI conventions, all input tokens, and the tokens of each source', () => {
    expect(requestSpan({ row: ROW, body: BODY, message: MESSAGE }, false)).toMatchObject({
      name: 'chat claude-sonnet-4-5',
      kind: 'client',
      start: ROW.timestamp.getTime(),
      end: ROW.timestamp.getTime() + 1_500,
      parentSpanId: null,
      failure: null,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'anthropic',
        'gen_ai.request.model': 'claude-sonnet-4-5',
        'gen_ai.request.max_tokens': 64,
        'gen_ai.request.temperature': 0.5,
        'gen_ai.conversation.id': SESSION,
        'gen_ai.response.model': 'claude-sonnet-4-5-20250929',
        'gen_ai.response.finish_reasons': ['end_turn'],
        'gen_ai.usage.input_tokens': 1_000,
        'gen_ai.usage.cache_read.input_tokens': 900,
        'gen_ai.usage.cache_creation.input_tokens': 0,
        'gen_ai.usage.output_tokens': 50,
        'gen_ai.response.time_to_first_chunk': 0.3,
        'server.address': 'api.anthropic.com',
        'server.port': 443,
        'claude_trace.cost_usd': 0.02,
        'claude_trace.sources.names': ['mcp:serena', 'mcp:tickets', 'user'],
        'claude_trace.sources.tokens': [600, 100, 300],
        'claude_trace.sources.costs_usd': [0.001, 0.002, 0.003],
        'claude_trace.source_types.mcp.tokens': 700,
      },
    });
  });

  it('uses only names of the official conventions, and its own', () => {
    const exported: Record<string, unknown> = conventions;
    const official = new Set(Object.keys(exported).flatMap((key) => (key.startsWith('ATTR_') ? [exported[key]] : [])));
    const names = allSpans(true).flatMap(({ attributes }) => Object.keys(attributes));
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name) => !name.startsWith('claude_trace.') && !official.has(name))).toEqual([]);
  });

  it('contains prompts, answers and tools only on demand', () => {
    expect(JSON.stringify(allSpans(false))).not.toContain('zorblax');
    const [request, tool] = allSpans(true);
    const content = (name: string) => JSON.parse(String(request?.attributes[name]));
    expect(content('gen_ai.system_instructions')).toEqual([{ type: 'text', content: 'zorblax-system' }]);
    expect(content('gen_ai.input.messages')).toMatchObject([
      { role: 'user', parts: [{ type: 'text', content: 'zorblax-prompt' }] },
      {
        role: 'assistant',
        parts: [{}, { type: 'tool_call', id: 'toolu_1', name: 'Read', arguments: { path: 'zorblax-path' } }, {}],
      },
      {
        role: 'user',
        parts: [
          { type: 'tool_call_response', id: 'toolu_1', response: 'zorblax-result' },
          {},
          {},
          { type: 'blob', mime_type: 'image/png' },
        ],
      },
    ]);
    expect(content('gen_ai.output.messages')).toEqual([
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', content: 'zorblax-thought' },
          { type: 'text', content: 'zorblax-answer' },
        ],
        finish_reason: 'end_turn',
      },
    ]);
    expect(tool?.attributes['gen_ai.tool.call.result']).toBe('"zorblax-result"');
  });

  it('has no token figures of the conventions where nothing was billed', () => {
    const row = requestRow({ tokens: { ...ROW.tokens, known: 'estimated' } });
    const names = Object.keys(requestSpan({ row, body: null, message: null }, true).attributes);
    expect(names.filter((name) => name.startsWith('gen_ai.usage'))).toEqual([]);
  });

  it.each([
    [{ status: 529, error: 'overloaded_error: Overloaded' }, 'overloaded_error'],
    [{ status: 404, error: null }, '404'],
    [{ status: null, error: 'The client went away.' }, '_OTHER'],
  ])('fails with the type of its error: %o', (changes, type) => {
    const span = requestSpan({ row: requestRow(changes), body: null, message: null }, false);
    expect(span).toMatchObject({ failure: changes.error ?? '', attributes: { 'error.type': type } });
  });

  it('of another kind is that of an HTTP client', () => {
    const row = requestRow({ kind: 'count_tokens' });
    const { name, attributes } = requestSpan({ row, body: BODY, message: null }, true);
    expect(name).toBe('POST');
    expect(Object.keys(attributes).filter((key) => key.startsWith('gen_ai.'))).toEqual([]);
    expect(attributes['http.response.status_code']).toBe(200);
  });
});

describe('the spans of tool calls', () => {
  it('last from the answer that asks for them until their results are sent', () => {
    const [read, task, ...others] = toolSpans(ROW, BODY, CALLING, false);
    expect(others).toEqual([]);
    expect(read).toMatchObject({
      name: 'execute_tool Read',
      kind: 'internal',
      parentSpanId: requestSpan({ row: requestRow({ id: 'req_0' }), body: null, message: null }, false).spanId,
      start: CALLING.end,
      end: ROW.timestamp.getTime(),
      failure: null,
    });
    expect(task).toMatchObject({ failure: '', attributes: { 'error.type': 'tool_error' } });
  });
});

describe('ids', () => {
  it('put a session into one trace, with a subagent below the call that started it', () => {
    const task = toolSpans(ROW, BODY, CALLING, false)[1];
    const sub = requestSpan(
      { row: requestRow({ id: 'req_2', sessionId: SESSION, startedBy: 'toolu_2' }), body: null, message: null },
      false,
    );
    expect(sub).toMatchObject({ traceId: task?.traceId, parentSpanId: task?.spanId });
    const next = requestSpan(
      { row: requestRow({ id: 'req_3', sessionId: SESSION, previousId: 'req_2' }), body: null, message: null },
      false,
    );
    expect(next).toMatchObject({ traceId: sub.traceId, follows: sub.spanId, parentSpanId: null });
    const elsewhere = requestSpan({ row: requestRow({ sessionId: 'other' }), body: null, message: null }, false);
    expect(elsewhere.traceId).not.toBe(sub.traceId);
  });

  it('have the form of W3C Trace Context, and are the same every time', () => {
    const spans = allSpans(false);
    for (const { traceId, spanId } of spans) {
      expect(traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(spanId).toMatch(/^[0-9a-f]{16}$/);
    }
    expect(allSpans(true).map(({ spanId }) => spanId)).toEqual(spans.map(({ spanId }) => spanId));
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
  });
});
