import { describe, expect, it } from 'vitest';
import { createAttributor } from '../../src/history/attributor.js';
import type { CapturedBody, CapturedRequest, CapturedResponse } from '../../src/model/exchange.js';
import { message } from '../support/product/client.js';

const NO_TIMES = { received: null, forwarded: null, firstByte: null, responseEnd: null, delivered: null };

function body(text: string): CapturedBody {
  const bytes = Buffer.from(text);
  return { bytes, sha256: null, size: bytes.length, truncated: false, redacted: false };
}

function exchange(text: string, changes: Partial<CapturedRequest> = {}): [CapturedRequest, CapturedResponse] {
  const request: CapturedRequest = {
    id: 'req_1',
    correlationId: '1',
    runId: 'run_1',
    origin: 'wire',
    sessionId: null,
    agentId: null,
    parentAgentId: null,
    promptId: null,
    kind: 'messages',
    method: 'POST',
    url: 'https://api.anthropic.com/v1/messages',
    host: 'api.anthropic.com',
    httpVersion: '1.1',
    headers: [],
    body: body(text),
    model: 'claude-sonnet-4-5',
    streaming: true,
    timestamps: { initiated: 1, ...NO_TIMES },
    degraded: null,
    ...changes,
  };
  const response: CapturedResponse = {
    id: 'resp_1',
    requestId: request.id,
    correlationId: '1',
    state: 'complete',
    error: null,
    status: 200,
    reason: 'OK',
    headers: [],
    body: body(''),
    message: null,
    usage: { uncached: 40, cacheRead: 2, cacheWrite5m: 0, cacheWrite1h: 0, output: 5, webSearches: 0 },
    timestamps: request.timestamps,
    ttftMs: null,
    latencyMs: 1,
    proxyOverheadMs: null,
    degraded: null,
  };
  return [request, response];
}

/** A usage that throws when it is read, as any defect in attribution would. */
const BROKEN_USAGE = new Proxy({} as NonNullable<CapturedResponse['usage']>, {
  get() {
    throw new Error('the test breaks attribution');
  },
});

describe('createAttributor', () => {
  it('distributes the billed tokens among the sources of a request', () => {
    const failures: unknown[] = [];
    const attribution = createAttributor({ prices: {}, onFailure: (failure) => failures.push(failure) }).attribute(
      ...exchange(message('hello')),
    );
    expect(attribution?.segments.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(42);
    expect(failures).toEqual([]);
  });

  it('returns null for other kinds of requests', () => {
    expect(
      createAttributor({ prices: {}, onFailure() {} }).attribute(...exchange('{}', { kind: 'telemetry' })),
    ).toBeNull();
  });

  it('reports a failure once, returns null for that exchange, and attributes the next', () => {
    const failures: unknown[] = [];
    const attributor = createAttributor({ prices: {}, onFailure: (failure) => failures.push(failure) });
    const [request, response] = exchange(message('hello'));
    const broken = { ...response, usage: BROKEN_USAGE };
    expect([attributor.attribute(request, broken), attributor.attribute(request, broken)]).toEqual([null, null]);
    expect(failures).toMatchObject([{ message: 'the test breaks attribution' }]);
    expect(attributor.attribute(request, response)).not.toBeNull();
  });

  it('reads the history of a session once, and works without when that fails, which hides no other failure', () => {
    const failures: unknown[] = [];
    const historyFailures: unknown[] = [];
    const asked: string[] = [];
    const attributor = createAttributor({
      prices: {},
      onFailure: (failure) => failures.push(failure),
      history(sessionId) {
        asked.push(sessionId);
        throw new Error('the test breaks the history');
      },
      onHistoryFailure: (failure) => historyFailures.push(failure),
    });
    for (let turn = 0; turn < 2; turn++) {
      expect(attributor.attribute(...exchange(message('hello'), { sessionId: 'quorn' }))).not.toBeNull();
    }
    expect(asked).toEqual(['quorn']);
    expect(historyFailures).toMatchObject([{ message: 'the test breaks the history' }]);
    expect(failures).toEqual([]);
    const [request, response] = exchange(message('hello'), { sessionId: 'quorn' });
    attributor.attribute(request, { ...response, usage: BROKEN_USAGE });
    expect(failures).toMatchObject([{ message: 'the test breaks attribution' }]);
  });

  it('forgets sessions not seen for long, and reads their history again', () => {
    const asked: string[] = [];
    const attributor = createAttributor({
      prices: {},
      onFailure() {},
      history(sessionId) {
        asked.push(sessionId);
        return [];
      },
    });
    const see = (sessionId: string) => attributor.attribute(...exchange('{}', { kind: 'count_tokens', sessionId }));
    for (let other = 0; other < 300; other++) {
      see('always there');
      see(`session ${other}`);
    }
    see('session 299');
    see('session 0');
    expect(asked.filter((sessionId) => sessionId === 'always there')).toHaveLength(1);
    expect(asked.at(-1)).toBe('session 0');
    expect(asked).toHaveLength(302);
  });

  it.each([
    '',
    'no json {',
    'null',
    '[]',
    '"text"',
    '{}',
    '{"messages": 5}',
    '{"messages": [null], "tools": {"a": 1}}',
  ])('does not fail on a body that is %j', (text) => {
    const failures: unknown[] = [];
    createAttributor({ prices: {}, onFailure: (failure) => failures.push(failure) }).attribute(...exchange(text));
    expect(failures).toEqual([]);
  });
});

describe('a request whose attribution takes too long', () => {
  it('a request whose attribution takes too long is stored without it, which is reported once, and later ones are attributed', () => {
    const failures: unknown[] = [];
    const attributor = createAttributor({ prices: {}, budgetMs: 50, onFailure: (failure) => failures.push(failure) });
    const words = Array.from({ length: 2_000_000 }, () => Math.random().toString(36).slice(2, 9)).join(' ');
    for (let n = 0; n < 2; n++) expect(attributor.attribute(...exchange(message(`${n} ${words}`)))).toBeNull();
    expect(attributor.attribute(...exchange(message('Hello')))?.segments.length).toBeGreaterThan(0);
    expect(failures).toMatchObject([{ message: 'attribution of one request took longer than 50 ms' }]);
  });
});
