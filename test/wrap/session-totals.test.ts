import { describe, expect, it } from 'vitest';
import type { ProxyFailure } from '../../src/proxy/index.js';
import { describeRun } from '../../src/text/reports/run-totals.js';
import { SessionTotals } from '../../src/wrap/session-totals.js';
import { requestRow } from '../text/support/request-rows.js';

const failed = (changes: Partial<ProxyFailure> = {}) => ({
  type: 'failed' as const,
  failure: {
    kind: 'refused' as const,
    target: 'api.anthropic.com:443',
    code: null,
    message: 'It refused.',
    ...changes,
  },
  at: 1,
});

describe('SessionTotals', () => {
  it('sums up requests, tokens, cache, cost and the largest sources', () => {
    const totals = new SessionTotals();
    const source = (name: 'mcp:serena' | 'user', tokens: number) => ({
      source: name,
      tokens,
      newTokens: null,
      share: 0,
      costUsd: null,
    });
    totals.add([
      requestRow({ id: 'req_1', sources: [source('mcp:serena', 750), source('user', 250)] }),
      requestRow({ id: 'req_2', sources: [source('user', 1_000)] }),
    ]);
    expect(describeRun(totals.figures())).toBe(
      '2 requests, 2.0k tokens in (90 % cached), 100 out, $0.0400; most from user 63 %, mcp:serena 38 %',
    );
  });

  it('counts the last state of each request once', () => {
    const totals = new SessionTotals();
    totals.add([
      requestRow({
        status: null,
        costUsd: null,
        tokens: { ...requestRow().tokens, input: null, cacheRead: null, output: null },
      }),
    ]);
    expect(describeRun(totals.figures())).toBe('1 request, 0 tokens in, 0 out');
    totals.add([requestRow()]);
    expect(describeRun(totals.figures())).toBe('1 request, 1.0k tokens in (90 % cached), 50 out, $0.0200');
  });

  it('counts every request of a long session once, even one that is answered long after others', () => {
    const totals = new SessionTotals();
    totals.add([requestRow({ id: 'req_slow', state: 'open', costUsd: null })]);
    for (let index = 0; index < 1_000; index += 1) totals.add([requestRow({ id: `req_${index}` })]);
    totals.add([requestRow({ id: 'req_slow' }), requestRow({ id: 'req_0' })]);
    expect(describeRun(totals.figures())).toBe('1001 requests, 1.00M tokens in (90 % cached), 50.0k out, $20.02');
  });

  it('counts failures, and only messages', () => {
    const totals = new SessionTotals();
    totals.add([
      requestRow({ id: 'req_1', error: 'overloaded_error: Overloaded', status: 529 }),
      requestRow({ id: 'req_2', kind: 'telemetry' }),
    ]);
    expect(describeRun(totals.figures())).toMatch(/^1 request \(1 failed\), 1\.0k tokens in/);
  });

  it('has seen nothing until a connection was read or a request was stored', () => {
    const totals = new SessionTotals();
    totals.note({ type: 'tunnelled', host: 'example.com', port: 443, at: 1 });
    totals.note(failed());
    expect(totals.nothingSeen).toBe(true);
    totals.note({ type: 'intercepted', host: 'api.anthropic.com', port: 443, at: 2 });
    expect(totals.nothingSeen).toBe(false);
  });

  it('counts failures by their message', () => {
    const totals = new SessionTotals();
    for (const message of ['It refused.', 'It timed out.', 'It refused.']) totals.note(failed({ message }));
    expect([...totals.failures()]).toEqual([
      ['It refused.', 2],
      ['It timed out.', 1],
    ]);
  });

  it('keeps a limited number of different failures, and goes on counting those it has', () => {
    const totals = new SessionTotals();
    for (let index = 0; index < 1_500; index += 1) totals.note(failed({ message: `Failure ${index}.` }));
    totals.note(failed({ message: 'Failure 0.' }));
    expect(totals.failures().size).toBe(1_000);
    expect(totals.failures().get('Failure 0.')).toBe(2);
  });

  it('assumes distrust when a client leaves silently only if no other connection to that host was read', () => {
    const left = { kind: 'client_untrusting', message: 'It left.' } as const;
    const totals = new SessionTotals();
    totals.note(failed(left));
    totals.note(failed({ ...left, target: 'claude.ai:443', message: 'It left claude.ai.' }));
    totals.note(failed({ ...left, code: 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', message: 'It said why.' }));
    totals.add([requestRow()]);
    expect([...totals.failures().keys()]).toEqual(['It left claude.ai.', 'It said why.']);
  });
});
