import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { GatewayFact } from '../../../src/gateway/facts.js';
import { createTelemetry } from '../../../src/gateway/telemetry/index.js';
import { createLog } from '../../../src/gateway/telemetry/log.js';
import { createMetrics } from '../../../src/gateway/telemetry/metrics.js';
import { startCollector } from '../../export/support/collector.js';
import { legacySession } from '../../mcp/support/sdk-clients.js';
import { served, streamableServer } from '../../mcp/support/sdk-http-servers.js';
import { isInstalled } from '../../support/is-installed.js';
import { freePort } from '../../support/loopback.js';
import { post as postText } from '../support/raw-http.js';
import { gatewayConfig, runningGateway } from '../support/running-gateway.js';

/** A gateway with its telemetry before a server of the SDK. */
async function observed(config: object = {}) {
  const upstream = await served(streamableServer([]));
  const fields = { routes: { sums: { upstreams: [{ name: 'one', url: upstream }] } }, ...config };
  const lines: string[] = [];
  const telemetry = await createTelemetry(gatewayConfig(fields), (text) => lines.push(...text.split('\n')) > 0);
  const running = await runningGateway(fields, {}, telemetry);
  onTestFinished(() => telemetry.close());
  const scrape = (headers: Record<string, string> = {}) => fetch(`${running.gateway.url}/metrics`, { headers });
  return { ...running, telemetry, lines, scrape };
}

/** A message of MCP without a session, which the server refuses. */
function post(url: string, message: object, headers: Record<string, string> = {}): Promise<Response> {
  return postText(url, JSON.stringify({ jsonrpc: '2.0', id: 1, ...message }), headers);
}

describe('metrics', () => {
  it('count requests, tools that the server lists, sessions and upstreams', async () => {
    const { url, scrape } = await observed();
    await legacySession(url('sums'), ['add', 'nosuch']);
    const text = await (await scrape()).text();
    const name = 'claude_trace_gateway';
    expect(text).toContain(`${name}_tool_calls_total{route="sums",tool="add",outcome="ok"} 1\n`);
    // A name that a client makes up is not a label.
    expect(text).toContain(`${name}_tool_calls_total{route="sums",tool="other",outcome="ok"} 1\n`);
    expect(text).not.toContain('nosuch');
    expect(text).toContain(`${name}_requests_total{route="sums",method="initialize",status="200",outcome="ok"} 1\n`);
    expect(text).toContain(`${name}_sessions_opened_total{route="sums"} 1\n`);
    // This request itself.
    expect(text).toMatch(/_requests_in_flight\{route=""\} 1\n/);
    expect(text).toContain(`${name}_upstream_healthy{route="sums",upstream="one"} 1\n`);
    expect(text).toContain(`${name}_breaker_state{route="sums",upstream="one",state="closed"} 1\n`);
    expect(text).toMatch(/_upstream_answers_total\{route="sums",upstream="one",status="200"\} [1-9]/);
    expect(text).toMatch(/_request_duration_seconds_count\{route="sums",method="tools\/call"\} 2\n/);
  });

  it('get no further series from requests of any shape', async () => {
    const { url, gateway, scrape } = await observed();
    const series = async () => {
      const lines = (await (await scrape()).text()).split('\n');
      return lines.flatMap((line) => /^claude_trace_gateway\S+/.exec(line)?.[0] ?? []);
    };
    const ask = async (n: number) => {
      await post(url('sums'), { method: `method${n}`, params: { name: `tool${n}` } });
      await post(url('sums'), { method: 'tools/call', params: { name: `tool${n}` } });
      await fetch(`${gateway.url}/mcp/route${n}`);
      await fetch(`${gateway.url}/path${n}`);
    };
    await ask(0);
    await series();
    const before = await series();
    for (let n = 1; n < 5; n++) await ask(n);
    expect(await series()).toEqual(before);
  });

  it.skipIf(!isInstalled('promtool'))('are what Prometheus expects (needs promtool)', async () => {
    const { url, scrape } = await observed();
    await legacySession(url('sums'), ['add']);
    const text = await (await scrape()).text();
    expect(execFileSync('promtool', ['check', 'metrics'], { input: text }).toString()).toBe('');
  });

  it.skipIf(!isInstalled('prometheus'))('are scraped by Prometheus (needs prometheus)', async () => {
    const { url, gateway } = await observed({ metrics: { token: 'zorblax' } });
    await legacySession(url('sums'), ['add']);
    const folder = mkdtempSync(join(tmpdir(), 'claude-trace-prometheus-'));
    const config = join(folder, 'prometheus.yml');
    writeFileSync(
      config,
      `scrape_configs:
  - job_name: gateway
    scrape_interval: 1s
    authorization: { credentials: zorblax }
    static_configs: [{ targets: ['${new URL(gateway.url).host}'] }]\n`,
    );
    const port = await freePort();
    const args = [
      `--config.file=${config}`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const prometheus = spawn('prometheus', args, { stdio: 'ignore' });
    onTestFinished(async () => {
      const ended = new Promise((resolve) => prometheus.once('exit', resolve));
      prometheus.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    });
    const query = 'claude_trace_gateway_tool_calls_total{tool="add"}';
    await expect
      .poll(async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`).catch(
          () => null,
        );
        const text = (await answer?.text()) ?? '';
        return /"value":\[[^,]+,"(\d+)"\]/.exec(text)?.[1];
      })
      .toBe('1');
  });

  it('keep the state of upstreams that a reload keeps, and begin with that of others', async () => {
    const config = (weight: number) => {
      const upstreamOf = (name: string) => ({ name, url: 'http://127.0.0.1:9/mcp' });
      const same = { upstreams: [upstreamOf('one')], record: weight > 1 };
      return gatewayConfig({ routes: { same, changed: { upstreams: [{ ...upstreamOf('two'), weight }] } } });
    };
    const metrics = createMetrics();
    metrics.configured(config(1));
    for (const [route, upstream] of [
      ['same', 'one'],
      ['changed', 'two'],
    ] as const) {
      metrics.report({ type: 'upstream_state', at: 0, route, upstream, isHealthy: false, reason: 'refused' });
      metrics.report({ type: 'breaker', at: 0, route, upstream, state: 'open' });
    }
    metrics.report({ type: 'reloaded', at: 0, changed: [], replaced: ['changed'] });
    metrics.configured(config(2));
    const text = await metrics.text();
    const name = 'claude_trace_gateway';
    expect(text).toContain(`${name}_upstream_healthy{route="same",upstream="one"} 0\n`);
    expect(text).toContain(`${name}_breaker_state{route="same",upstream="one",state="open"} 1\n`);
    expect(text).toContain(`${name}_upstream_healthy{route="changed",upstream="two"} 1\n`);
    expect(text).toContain(`${name}_breaker_state{route="changed",upstream="two",state="open"} 0\n`);
  });

  it('need the token if one is configured', async () => {
    const { scrape } = await observed({ metrics: { token: 'zorblax' } });
    expect((await scrape()).status).toBe(401);
    expect((await scrape({ authorization: 'Bearer zorblay' })).status).toBe(401);
    expect((await scrape({ authorization: 'Bearer zorblax' })).status).toBe(200);
  });

  it('are for this machine only without a token', async () => {
    const { scrape } = await observed();
    expect((await scrape()).status).toBe(200);
    expect((await scrape({ 'x-forwarded-for': '203.0.113.7' })).status).toBe(403);
  });

  it('have an address of their own if that is configured', async () => {
    const port = await freePort();
    const { scrape, telemetry } = await observed({ metrics: { listen: { port } } });
    expect((await scrape()).status).toBe(404);
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(await answer.text()).toContain('claude_trace_gateway_info{version=');
    expect((await fetch(`http://127.0.0.1:${port}/mcp/sums`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'POST' })).status).toBe(405);
    // The token of a reload counts at once.
    const routes = { sums: { upstreams: [{ url: 'http://127.0.0.1:9' }] } };
    await telemetry.configured(gatewayConfig({ routes, metrics: { listen: { port }, token: 'zorblax' } }));
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(401);
  });
});

describe('traces', () => {
  const TRACE = '0af7651916cd43dd8448eb211c80319c';
  const PARENT = 'b7ad6b7169203331';

  it.each([
    ['the header', { traceparent: `00-${TRACE}-${PARENT}-01` }, {}],
    ['_meta', {}, { _meta: { traceparent: `00-${TRACE}-${PARENT}-01` } }],
  ])('continue that of the client by %s, with upstream beneath', async (_what, headers, params) => {
    const collector = await startCollector();
    const { url, telemetry } = await observed({
      tracing: { endpoint: collector.url, headers: { authorization: 'zorblax' } },
    });
    await post(url('sums'), { method: 'tools/call', params: { name: 'add', ...params } }, headers);
    await telemetry.close();
    expect(collector.requests[0]?.headers.authorization).toBe('zorblax');
    const [upstream, request, ...others] = collector.spans();
    expect(others).toEqual([]);
    expect(request).toMatchObject({
      traceId: TRACE,
      parentSpanId: PARENT,
      name: 'tools/call add',
      kind: 2,
      attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'add', 'claude_trace.gateway.route': 'sums' },
      resource: { 'service.name': 'claude-trace-gateway' },
    });
    expect(upstream).toMatchObject({ traceId: TRACE, parentSpanId: request?.spanId, name: 'upstream one', kind: 3 });
  });

  it('begin here as often as the configuration says', async () => {
    const collector = await startCollector();
    const { url, telemetry } = await observed({ tracing: { endpoint: collector.url, sample: 0 } });
    await post(url('sums'), { method: 'ping' });
    await post(url('sums'), { method: 'ping' }, { traceparent: `00-${TRACE}-${PARENT}-00` });
    await telemetry.close();
    expect(collector.requests).toEqual([]);
  });

  it('come with the log, which knows their traces', async () => {
    const collector = await startCollector();
    const { url, telemetry } = await observed({ tracing: { endpoint: collector.url, logs: true } });
    await post(url('sums'), { method: 'ping' }, { traceparent: `00-${TRACE}-${PARENT}-01` });
    await telemetry.close();
    const ended = collector.logs().find(({ eventName }) => eventName === 'claude_trace.gateway.request_ended');
    expect(ended).toMatchObject({ traceId: TRACE, severity: 'INFO', attributes: { route: 'sums', method: 'ping' } });
  });

  it('spans and logs that a collector refuses are reported once for each kind', async () => {
    const collector = await startCollector();
    collector.answer(() => ({ status: 401 }));
    const { url, telemetry, lines } = await observed({ tracing: { endpoint: collector.url, logs: true } });
    const { status } = await post(url('sums'), { method: 'ping' });
    await telemetry.close();
    expect(status).toBe(400);
    const noted = lines.filter((line) => line.includes('does not accept telemetry'));
    expect(
      noted.map((line) => / error problem part=tracing .*\/v1\/(\w+) .*Unauthorized/.exec(line)?.[1]).sort(),
    ).toEqual(['logs', 'traces']);
  });
});

describe('the log', () => {
  it('has a line for each request, which a client cannot break', async () => {
    const { url, telemetry, lines } = await observed();
    await post(url('sums'), { method: 'tools/call', params: { name: 'add status=200\nerror \u001b[31m' } });
    await telemetry.close();
    const ended = lines.find((line) => line.includes('request_ended')) ?? '';
    expect(ended).toMatch(/^\d{4}-\S+Z info {2}request_ended request=\S+ ip=127\.0\.0\.1 .* route=sums /);
    expect(ended).toContain(String.raw`tool="add status=200\nerror \u001b[31m"`);
  });

  it('as JSON, from a level on', async () => {
    const { url, telemetry, lines } = await observed({ log: { format: 'json', level: 'debug' } });
    await post(url('sums'), { method: 'ping' });
    await telemetry.close();
    const facts = lines.filter((line) => line !== '').map((line) => JSON.parse(line));
    expect(facts.map(({ type }) => type)).toEqual(['started', 'request_started', 'upstream_answered', 'request_ended']);
    expect(facts[3]).toMatchObject({ level: 'info', route: 'sums', status: 400, duration_ms: expect.any(Number) });
  });
});

describe('a log that is not read', () => {
  it('drops lines, reports it once, and says how many are missing when it is read again', () => {
    const text: string[] = [];
    const problems: GatewayFact[] = [];
    let isRead = false;
    const log = createLog(
      { level: 'info', format: 'text' },
      (lines) => {
        if (isRead) text.push(lines);
        return isRead;
      },
      (fact) => problems.push(fact),
    );
    const started = { type: 'started', at: 0, address: 'x', routes: [] } as const;
    for (let n = 0; n < 1_200; n++) log.report(started);
    log.flush();
    expect(problems).toMatchObject([{ type: 'problem', part: 'log', message: expect.stringContaining('dropped') }]);
    isRead = true;
    log.report(started);
    log.flush();
    log.report(started);
    log.flush();
    const lines = text.join('').trimEnd().split('\n');
    expect(lines.map((line) => / (started|problem) /.exec(line)?.[1])).toEqual(['problem', 'started', 'started']);
    expect(lines[0]).toContain('message="1200 lines were dropped here because the log was not read"');
  });
});
