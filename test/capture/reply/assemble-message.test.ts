import { describe, expect, it } from 'vitest';
import { assembleMessage, replyOfJson } from '../../../src/capture/reply/assemble-message.js';
import { parseUsage } from '../../../src/capture/reply/usage.js';

const events = (...bodies: object[]) => bodies.map((body) => ({ event: 'any', data: JSON.stringify(body) }));
const start = (usage: object = {}) => ({
  type: 'message_start',
  message: { id: 'msg_1', model: 'claude-x', role: 'assistant', content: [], stop_reason: null, usage },
});
const block = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block });
const delta = (index: number, one: object) => ({ type: 'content_block_delta', index, delta: one });
const stop = { type: 'message_stop' };

describe('assembleMessage', () => {
  it('puts the blocks together from their deltas', () => {
    const { message, error } = assembleMessage(
      events(
        start(),
        { type: 'ping' },
        block(0, { type: 'thinking', thinking: '', signature: '' }),
        delta(0, { type: 'thinking_delta', thinking: 'Let me ' }),
        delta(0, { type: 'thinking_delta', thinking: 'see' }),
        delta(0, { type: 'signature_delta', signature: 'c2ln' }),
        block(1, { type: 'text', text: '' }),
        delta(1, { type: 'text_delta', text: 'Hel' }),
        delta(1, { type: 'text_delta', text: 'lo' }),
        delta(1, { type: 'citations_delta', citation: { url: 'u' } }),
        block(2, { type: 'tool_use', id: 't', name: 'Bash', input: {} }),
        delta(2, { type: 'input_json_delta', partial_json: '' }),
        delta(2, { type: 'input_json_delta', partial_json: '{"command":"l' }),
        delta(2, { type: 'input_json_delta', partial_json: 's"}' }),
        block(3, { type: 'server_tool_use', name: 'now', input: {} }),
        block(4, { type: 'not_invented_yet', field: 1 }),
        delta(4, { type: 'strange_delta', x: 1 }),
        { type: 'message_delta', delta: { stop_reason: 'tool_use' }, context_management: { applied_edits: [] } },
        stop,
      ),
    );
    expect(error).toBeNull();
    expect(message).toEqual({
      id: 'msg_1',
      model: 'claude-x',
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Let me see', signature: 'c2ln' },
        { type: 'text', text: 'Hello', citations: [{ url: 'u' }] },
        { type: 'tool_use', id: 't', name: 'Bash', input: { command: 'ls' } },
        { type: 'server_tool_use', name: 'now', input: {} },
        { type: 'not_invented_yet', field: 1, unknown_deltas: [{ type: 'strange_delta', x: 1 }] },
      ],
      stopReason: 'tool_use',
      complete: true,
      contextManagement: { applied_edits: [] },
    });
  });

  it('names events of types that are not documented, each once', () => {
    const pauses = Array.from({ length: 3 }, () => ({ type: 'message_pause', secret: 'x' }));
    const { message } = assembleMessage(events(start(), ...pauses, { text: 'no type' }, stop));
    expect(message?.unknownEvents).toEqual(['message_pause', 'untyped']);
    const many = Array.from({ length: 99 }, (_, index) => ({ type: `${'x'.repeat(70)}${index}` }));
    expect(assembleMessage(events(start(), ...many)).message?.unknownEvents).toEqual(['x'.repeat(64)]);
  });

  it('keeps blocks by index when they come interleaved', () => {
    const { message } = assembleMessage(
      events(
        start(),
        block(1, { type: 'text', text: 'b' }),
        block(0, { type: 'text', text: 'a' }),
        delta(1, { type: 'text_delta', text: '!' }),
      ),
    );
    expect(message?.content.map(({ text }) => text)).toEqual(['a', 'b!']);
  });

  it('keeps tool input that is cut as text, and is not complete', () => {
    const { message } = assembleMessage(
      events(
        start(),
        block(0, { type: 'tool_use', input: {} }),
        delta(0, { type: 'input_json_delta', partial_json: '{"a":' }),
      ),
    );
    expect(message).toMatchObject({ complete: false, stopReason: null, content: [{ input: '{"a":' }] });
  });

  it('takes input figures from the start, corrected by later ones, and output from the last delta', () => {
    const { usage } = assembleMessage(
      events(
        start({ input_tokens: 10, cache_read_input_tokens: 5, cache_creation_input_tokens: 7, output_tokens: 1 }),
        { type: 'message_delta', usage: { output_tokens: 20, input_tokens: null } },
        {
          type: 'message_delta',
          usage: { output_tokens: 30, input_tokens: 11, server_tool_use: { web_search_requests: 2 } },
        },
        stop,
      ),
    );
    expect(usage).toEqual({ uncached: 11, cacheRead: 5, cacheWrite5m: 7, cacheWrite1h: 0, output: 30, webSearches: 2 });
  });

  it('has the error that ended a stream, and keeps what came before', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    const reply = assembleMessage(events(start(), block(0, { type: 'text', text: 'so far' }), error));
    expect(reply).toMatchObject({
      error: 'overloaded_error: Overloaded',
      message: { complete: false, content: [{ text: 'so far' }] },
    });
    expect(assembleMessage(events(error))).toEqual({
      message: null,
      usage: null,
      error: 'overloaded_error: Overloaded',
    });
  });

  it('events that are not those of the API are ignored', () => {
    const strange = [
      { event: 'x', data: 'not JSON' },
      { event: 'x', data: '[1]' },
      ...events(delta(9, { type: 'text_delta' })),
    ];
    expect(assembleMessage(strange)).toEqual({ message: null, usage: null, error: null });
  });
});

describe('replyOfJson', () => {
  it('reads a message', () => {
    const body = {
      type: 'message',
      id: 'm',
      role: 'assistant',
      content: [{ type: 'text', text: 'hi' }],
      stop_reason: 'end_turn',
    };
    expect(replyOfJson({ ...body, usage: { input_tokens: 3, output_tokens: 4 } })).toMatchObject({
      message: {
        id: 'm',
        model: null,
        content: [{ type: 'text', text: 'hi' }],
        stopReason: 'end_turn',
        complete: true,
      },
      usage: { uncached: 3, output: 4 },
      error: null,
    });
  });

  it.each([
    [{ type: 'error', error: { type: 'rate_limit_error', message: 'Slow down' } }, 'rate_limit_error: Slow down'],
    [{ error: 'invalid_grant', error_description: 'Expired' }, 'invalid_grant: Expired'],
    [{ error: 'invalid_grant' }, 'invalid_grant'],
    [{ anything: 1 }, null],
    ['text', null],
  ])('reads the error of %j', (body, error) => {
    expect(replyOfJson(body)).toMatchObject({ message: null, error });
  });
});

describe('parseUsage', () => {
  it.each([
    [{ input_tokens: 1, cache_creation_input_tokens: 9 }, [9, 0]],
    [{ input_tokens: 1, cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 3 } }, [2, 3]],
    [{ input_tokens: 1, cache_creation_input_tokens: 5, cache_creation: { ephemeral_1h_input_tokens: 3 } }, [2, 3]],
    [{ input_tokens: 1, cache_creation_input_tokens: 2, cache_creation: { ephemeral_1h_input_tokens: 3 } }, [0, 2]],
  ])('splits the cache writes of %j', (raw, [write5m, write1h]) => {
    expect(parseUsage(raw, true)).toMatchObject({ cacheWrite5m: write5m, cacheWrite1h: write1h });
  });

  it('accepts only whole numbers, whatever a gateway sends', () => {
    const raw = { input_tokens: 7, output_tokens: 12.5, cache_read_input_tokens: 2 ** 60 };
    expect(parseUsage(raw, true)).toMatchObject({ uncached: 7, output: null, cacheRead: 0 });
    expect(parseUsage({ output_tokens: 12.5 }, true)).toBeNull();
  });

  it.each([[null], [{}], [{ input_tokens: '5' }], [{ input_tokens: -1 }], [[]]])('finds no usage in %j', (raw) => {
    expect(parseUsage(raw, true)).toBeNull();
  });
});
