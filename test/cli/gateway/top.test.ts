import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { comparable, figuresOf } from '../../../src/cli/gateway/top/figures.js';
import { topLines } from '../../../src/cli/gateway/top/lines.js';
import { readSamples } from '../../../src/cli/gateway/top/samples.js';
import type { GatewayFact } from '../../../src/gateway/facts.js';
import { createMetrics } from '../../../src/gateway/telemetry/metrics.js';
import { gatewayConfig } from '../../gateway/support/running-gateway.js';

const TRACE = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), parentId: null, isSampled: false };

function call(outcome: 'ok' | 'timeout', durationMs: number): GatewayFact[] {
  const of = { at: 0, request: '1', route: 'sums', ip: '127.0.0.1', httpMethod: 'POST' };
  return [
    { ...of, type: 'request_started' },
    { ...of, type: 'upstream_answered', upstream: 'one', status: 200, durationMs, trace: TRACE, spanId: 'c' },
    {
      ...of,
      type: 'request_ended',
      upstream: 'one',
      method: 'tools/call',
      tool: 'add',
      subject: null,
      status: 200,
      outcome,
      durationMs,
      bytesIn: 1,
      bytesOut: 2,
      trace: TRACE,
    },
  ];
}

/** Metrics of a gateway with a route, and scrapes of them. */
function gateway() {
  const metrics = createMetrics();
  metrics.configured(
    gatewayConfig({ routes: { sums: { upstreams: [{ name: 'one', url: 'http://127.0.0.1:9/mcp' }] } } }),
  );
  metrics.report({ type: 'tools_listed', at: 0, route: 'sums', upstream: 'one', tools: ['add'] });
  return {
    report: (facts: readonly GatewayFact[]) => facts.forEach(metrics.report),
    scrape: async (at: number) => ({ at, samples: readSamples(await metrics.text()) }),
  };
}

describe('gateway top', () => {
  it('has the rates and latencies between two scrapes', async () => {
    const { report, scrape } = gateway();
    for (let n = 0; n < 10; n++) report(call('timeout', 9_000));
    const before = await scrape(0);
    for (let n = 0; n < 30; n++) report(call('ok', 20));
    for (let n = 0; n < 10; n++) report(call('timeout', 200));
    report([
      { type: 'limited', at: 0, request: '1', tier: 'route', route: 'sums', subject: null, ip: '', retryAfterS: 1 },
    ]);
    const figures = figuresOf(await scrape(10_000), before);
    expect(figures).toMatchObject({
      requests: 50,
      requestsPerSecond: 4,
      requestsInFlight: 0,
      isRedisConnected: null,
      routes: [{ route: 'sums', requestsPerSecond: 4, failedShare: 0.25, limitedPerSecond: 0.1 }],
      upstreams: [{ upstream: 'one', isHealthy: true, breaker: 'closed', answersPerSecond: 4, children: null }],
      tools: [{ tool: 'add', calls: 50, callsPerSecond: 4, failedShare: 0.25, averageMs: expect.closeTo(65, 5) }],
    });
    const { p50Ms, p95Ms } = figures.routes[0] ?? {};
    // Buckets end at 10, 25, 100 and 250 ms.
    expect(p50Ms).toBeCloseTo(20, 5);
    expect(p95Ms).toBeGreaterThan(100);
    expect(p95Ms).toBeLessThan(250);
  });

  it('counts the requests of routes, not its own scrapes and the checks of a balancer', async () => {
    const { report, scrape } = gateway();
    const [started, , ended] = call('ok', 20);
    const ofNoRoute = (...facts: (GatewayFact | undefined)[]) =>
      report(facts.map((fact) => ({ ...fact, route: null, tool: null }) as GatewayFact));
    report([started as GatewayFact]);
    const before = await scrape(0);
    report(call('ok', 20));
    // What reads the metrics is still in progress.
    ofNoRoute(started, ended, started);
    const figures = figuresOf(await scrape(1_000), before);
    expect(figures).toMatchObject({ requests: 1, requestsPerSecond: 1, requestsInFlight: 1 });
  });

  it('has no rates from one scrape', async () => {
    const { report, scrape } = gateway();
    report(call('ok', 20));
    expect(figuresOf(await scrape(0), null)).toMatchObject({ requests: 1, requestsPerSecond: null });
  });

  it('compares with the last seconds of the same process, however much a new one has already done', () => {
    const of = (at: number, start: number) => {
      return {
        at,
        samples: readSamples(`process_start_time_seconds ${start}\nclaude_trace_gateway_requests_total 300\n`),
      };
    };
    const scrapes = [of(0, 1), of(5, 1), of(10, 1)];
    expect(comparable(scrapes, of(15, 1), 10).map(({ at }) => at)).toEqual([5, 10]);
    expect(comparable(scrapes, of(15, 2), 10)).toEqual([]);
  });

  it('shows first what needs attention, and says how much does not fit', async () => {
    const metrics = createMetrics();
    const names = Array.from({ length: 14 }, (_, index) => `route-${index}`);
    const upstreams = ['one', 'two'].map((name) => ({ name, url: `http://127.0.0.1:9/${name}` }));
    metrics.configured(gatewayConfig({ routes: Object.fromEntries(names.map((name) => [name, { upstreams }])) }));
    metrics.report({ type: 'tools_listed', at: 0, route: 'route-0', upstream: 'one', tools: ['add'] });
    for (const fact of call('ok', 20)) metrics.report({ ...fact, route: 'route-0' } as GatewayFact);
    metrics.report({ type: 'breaker', at: 0, route: 'route-13', upstream: 'two', state: 'open' });
    const figures = figuresOf({ at: 0, samples: readSamples(await metrics.text()) }, null);
    const lines = (height: number) => topLines(figures, 'http://x', 80, height).map(stripVTControlCharacters);
    const shown = lines(22);
    expect(shown.length).toBeLessThanOrEqual(22);
    expect(shown.slice(11, 13)).toEqual([
      expect.stringMatching(/^UPSTREAM/),
      expect.stringMatching(/^route-13 two +healthy +open/),
    ]);
    expect(shown.filter((line) => line.includes('more'))).toEqual(['… 9 more', '… 23 more']);
    expect(shown.at(-1)).toMatch(/^route-0 add/);
    expect(lines(6).at(-1)).toBe('…');
    expect(lines(Number.POSITIVE_INFINITY)).toHaveLength(2 + 16 + 30 + 3);
  });

  it.each([40, 80, 120, 200])('fits %i columns, and shows problems', async (width) => {
    const { report, scrape } = gateway();
    report(call('timeout', 200));
    report([
      { type: 'upstream_state', at: 0, route: 'sums', upstream: 'one', isHealthy: false, reason: 'refused' },
      { type: 'breaker', at: 0, route: 'sums', upstream: 'one', state: 'half_open' },
      { type: 'redis', at: 0, state: 'lost', reason: null },
      { type: 'problem', at: 0, part: 'route', message: 'x' },
    ]);
    const lines = topLines(figuresOf(await scrape(1), null), 'http://[0:0:0:0:0:0:0:1]:9464', width).map(
      stripVTControlCharacters,
    );
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
    const text = lines.join('\n');
    expect(text).toMatch(
      width < 80 ? /without Redis {2}1 problem, see …/ : /without Redis {2}1 problem, see its log$/m,
    );
    expect(text).toMatch(/sums one +unhealthy +half open/);
    expect(text).toMatch(/sums add +1 .*100 %/);
  });

  it('shows names as text', () => {
    const text =
      'claude_trace_gateway_tool_seconds_total{route="sums",tool="a\\"b\\\\c\\nd\u001b[31m"} 1\nnot a metric\n';
    const [sample] = readSamples(text).get('claude_trace_gateway_tool_seconds_total') ?? [];
    expect(sample?.labels.tool).toBe('a"b\\c\nd\u001b[31m');
    const shown = topLines(figuresOf({ at: 0, samples: readSamples(text) }, null), 'http://x', 80).join('\n');
    expect(shown).not.toContain('\u001b[31m');
  });
});
