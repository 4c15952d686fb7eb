import { describe, expect, it } from 'vitest';
import { type EndFacts, exchangeEnd } from '../../../src/capture/exchange/exchange-end.js';
import type { AssembledMessage } from '../../../src/model/message.js';

const whole: AssembledMessage = {
  id: 'msg_1',
  model: 'claude-x',
  role: 'assistant',
  content: [],
  stopReason: 'end_turn',
  complete: true,
  contextManagement: null,
};
const begun = { ...whole, complete: false };

const answered: EndFacts = {
  transport: 'complete',
  transportError: null,
  kind: 'messages',
  method: 'POST',
  status: 200,
  reason: 'OK',
  contentType: 'text/event-stream',
  message: whole,
  error: null,
  isEmpty: false,
  isReadable: true,
};
const end = (facts: Partial<EndFacts>) => exchangeEnd({ ...answered, ...facts });

describe('how an exchange ended', () => {
  it('is complete with a whole message', () => {
    expect(end({})).toEqual({ state: 'complete', error: null });
  });

  it.each<[string, Partial<EndFacts>, string, string | null]>([
    ['a client that leaves before an answer', { status: null, message: null }, 'aborted', 'it left'],
    ['a client that leaves inside the answer', { message: begun }, 'aborted', 'it left'],
    ['a client that leaves after the last event', { message: whole }, 'complete', null],
    [
      'a client that leaves after an error of the API',
      { message: begun, error: 'overloaded_error' },
      'failed',
      'overloaded_error',
    ],
    ['a client that leaves a refusal', { status: 529, message: null }, 'failed', 'HTTP 529 OK'],
  ])('%s', (_, facts, state, error) => {
    expect(end({ transport: 'aborted', transportError: 'it left', ...facts })).toEqual({ state, error });
  });

  it.each<[string, Partial<EndFacts>, string]>([
    ['an upstream that breaks before it answers', { status: null, message: null }, 'failed'],
    ['an upstream that breaks inside its answer', { message: begun }, 'cut_off'],
    ['an upstream that breaks inside a page', { kind: 'other', message: null }, 'cut_off'],
  ])('%s', (_, facts, state) => {
    expect(end({ transport: 'failed', transportError: 'reset', ...facts })).toEqual({ state, error: 'reset' });
  });

  it.each<[string, Partial<EndFacts>, string, string | RegExp]>([
    ['a stream without its last event', { message: begun }, 'cut_off', /before its last event/],
    ['an error inside a stream', { message: begun, error: 'overloaded_error: x' }, 'failed', 'overloaded_error: x'],
    [
      'a page in place of an answer',
      { message: null, contentType: 'text/html' },
      'failed',
      /not a message.*text\/html/,
    ],
    ['nothing in place of an answer', { message: null, isEmpty: true }, 'failed', /empty/],
    [
      'a redirect',
      { message: null, status: 307, reason: 'Temporary Redirect' },
      'failed',
      'HTTP 307 Temporary Redirect',
    ],
    [
      'a refusal in words of the API',
      { message: null, status: 429, error: 'rate_limit_error: x' },
      'failed',
      'rate_limit_error: x',
    ],
    ['a refusal without words', { message: null, status: 502, reason: null }, 'failed', 'HTTP 502'],
  ])('%s', (_, facts, state, error) => {
    const found = end(facts);
    expect(found.state).toBe(state);
    expect(found.error).toMatch(error);
  });

  it.each<[string, Partial<EndFacts>]>([
    ['of which only the beginning was kept', { message: begun, isReadable: false }],
    ['to another method', { message: null, method: 'OPTIONS', isEmpty: true }],
    ['of another kind', { message: null, kind: 'count_tokens' }],
  ])('an answer %s is judged by HTTP alone', (_, facts) => {
    expect(end(facts)).toEqual({ state: 'complete', error: null });
  });

  it('is interrupted when we ended first', () => {
    expect(end({ transport: 'interrupted', transportError: 'we ended' })).toEqual({
      state: 'interrupted',
      error: 'we ended',
    });
  });
});
