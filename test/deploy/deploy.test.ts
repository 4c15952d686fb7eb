import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { INSTRUMENTS } from '../../src/export/telemetry/instruments.js';
import { parseGatewayConfig } from '../../src/gateway/config/load-config.js';
import type { GatewayFact } from '../../src/gateway/facts.js';
import { createMetrics } from '../../src/gateway/telemetry/metrics.js';
import { gatewayConfig } from '../gateway/support/running-gateway.js';
import { isInstalled } from '../support/is-installed.js';

const FOLDER = fileURLToPath(new URL('../../deploy/', import.meta.url));
const ALERT_TESTS = fileURLToPath(new URL('./alerts.yaml', import.meta.url));
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');

/** Names of our metrics in expressions, without the endings of histograms. */
function metricsIn(text: string): string[] {
  const names = text.match(/\b(?:claude_trace|gen_ai|mcp)_\w+(?=[\s{[\\)]|$)/gm) ?? [];
  return [...new Set(names.map((name) => name.replace(/_(?:bucket|sum|count)$/, '')))];
}

interface Target {
  expr: string;
  legendFormat: string;
}

/** Those of panels, and of variables. */
function targetsOf(dashboard: string): Target[] {
  const { panels, templating } = JSON.parse(read(dashboard));
  const queries = [...JSON.stringify(templating).matchAll(/label_values\((\w+), (\w+)\)/g)];
  return [
    ...panels.flatMap(({ targets }: { targets: Target[] }) => targets),
    ...queries.map(([, metric, label]) => ({ expr: `sum by (${label}) (${metric})`, legendFormat: '' })),
  ];
}

/** Labels are not metrics. */
function withoutLabels(text: string): string {
  return text.replaceAll(/by \([^)]*\)/g, '').replaceAll(/\{[^}]*\}/g, ' ');
}

function expressionsOf(dashboard: string): string {
  return targetsOf(dashboard)
    .map(({ expr }) => withoutLabels(expr))
    .join('\n');
}

/** Labels that an expression selects or groups by, and those of its legend. */
function labelsIn({ expr, legendFormat }: Target): string[] {
  const matched = [...expr.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label = '']) => label);
  const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/\s*,\s*/));
  const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
  return [...matched, ...grouped, ...shown];
}

/** What is used that no metric of the expression has. @param ofEach labels that every metric has */
function unknownLabels(targets: readonly Target[], labelsOf: (metric: string) => readonly string[], ofEach: string[]) {
  return targets.flatMap((target) => {
    const known = new Set([...ofEach, ...metricsIn(withoutLabels(target.expr)).flatMap(labelsOf)]);
    return labelsIn(target).filter((label) => !known.has(label));
  });
}

function promtool(args: string[]): string {
  return execFileSync('promtool', args, { cwd: FOLDER }).toString();
}

const hasPromtool = isInstalled('promtool');

/** The metrics of a gateway that has seen everything, with their labels. */
async function gatewayMetrics(): Promise<Map<string, Set<string>>> {
  const metrics = createMetrics();
  metrics.configured(gatewayConfig({ routes: { r: { upstreams: [{ name: 'u', url: 'http://127.0.0.1:9/mcp' }] } } }));
  const at = 0;
  const request = 'x';
  const ip = '10.0.0.1';
  const subject = null;
  const of = { at, request, route: 'r', upstream: 'u', ip };
  const trace = { traceId: '', spanId: '', parentId: null, isSampled: false };
  const ended = { status: 200, outcome: 'ok', durationMs: 1, bytesIn: 1, bytesOut: 1, trace } as const;
  const facts: GatewayFact[] = [
    { type: 'redis', at, state: 'lost', reason: null },
    { type: 'tools_listed', at, route: 'r', upstream: 'u', tools: ['t'] },
    { type: 'request_started', ...of, route: null, httpMethod: 'POST' },
    { type: 'request_ended', ...of, ...ended, subject, httpMethod: 'POST', method: 'tools/call', tool: 't' },
    { type: 'upstream_answered', ...of, status: 200, durationMs: 1, trace, spanId: '' },
    { type: 'upstream_error', ...of, kind: 'reset', message: '' },
    { type: 'session_opened', ...of, subject, session: 's', isNew: true },
    { type: 'session_closed', ...of, subject, session: 's', reason: 'idle' },
    { type: 'child_started', ...of, pid: 1, durationMs: 1 },
    { type: 'auth', ...of, subject, outcome: 'refused', reason: 'expired', method: 'jwt' },
    { type: 'decision', ...of, subject, rule: 'x', action: 'block', detail: null },
    { type: 'limited', ...of, subject, tier: 'ip', retryAfterS: 1 },
    { type: 'connections_refused', at, count: 2, ip: '' },
  ];
  for (const fact of facts) metrics.report(fact);
  const labels = new Map<string, Set<string>>();
  for (const line of (await metrics.text()).split('\n')) {
    const [, type] = /^# TYPE (\S+)/.exec(line) ?? [];
    const [, name = '', list = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
    const metric = type ?? (labels.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, ''));
    const known = labels.get(metric) ?? new Set();
    for (const [, label = ''] of list.matchAll(/(\w+)="/g)) known.add(label);
    if (metric !== '') labels.set(metric, known);
  }
  return labels;
}

/** As the Prometheus exporter of the collector names them. */
const streamed = Object.entries(INSTRUMENTS).map(([name, instrument]) => {
  const plain = name.replaceAll('.', '_');
  const unit = instrument.unit === 's' ? '_seconds' : '';
  return `${plain}${unit}${'bounds' in instrument ? '' : '_total'}`;
});

describe('deploy', () => {
  it('has YAML that can be read', () => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
    expect(files.length).toBeGreaterThan(4);
    for (const file of files) expect(Object.keys(parse(read(file)))).not.toEqual([]);
  });

  it('has a dashboard and alerts of metrics that the gateway has', async () => {
    const known = await gatewayMetrics();
    const { groups } = parse(read('prometheus-alerts.yaml'));
    const alerts: Target[] = groups.flatMap(({ rules }: { rules: { expr: string; annotations: object }[] }) =>
      rules.map(({ expr, annotations }) => ({
        expr,
        legendFormat: JSON.stringify(annotations).replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '{{$1}}'),
      })),
    );
    const targets = [...targetsOf('grafana/gateway.json'), ...alerts];
    const used = metricsIn(targets.map(({ expr }) => withoutLabels(expr)).join('\n'));
    expect(used.length).toBeGreaterThan(14);
    expect(used.filter((name) => !known.has(name))).toEqual([]);
    const scraped = ['instance', 'job'];
    expect(unknownLabels(targets, (metric) => [...(known.get(metric) ?? [])], scraped)).toEqual([]);
    // The check itself sees a wrong label.
    const wrong = { expr: 'sum by (rout) (claude_trace_gateway_sessions{rute="x"})', legendFormat: '{{roote}}' };
    expect(unknownLabels([wrong], () => ['route'], scraped)).toEqual(['rute', 'rout', 'roote']);
  });

  it('has alerts whose counters begin with 0: the first failure is an increase', async () => {
    const text = await createMetrics().text();
    const counted = [...read('prometheus-alerts.yaml').matchAll(/increase\((\w+)(?:\{(.*?)\})?/g)];
    expect(counted).toHaveLength(2);
    for (const [, name, labels = ''] of counted)
      expect(text).toMatch(new RegExp(`^${name}\\{.*${labels}.*\\} 0$`, 'm'));
  });

  it('has a dashboard of metrics that are sent to a collector', () => {
    const used = metricsIn(expressionsOf('grafana/spending.json'));
    expect(used.length).toBeGreaterThan(6);
    expect(used.filter((name) => !streamed.includes(name))).toEqual([]);
    // docs/telemetry.md says which attributes each has; its exporter names them with underscores.
    const documented = readFileSync(new URL('../../docs/telemetry.md', import.meta.url), 'utf8');
    const attributesOf = (metric: string) => {
      const name = Object.keys(INSTRUMENTS).find((each) => metric.startsWith(each.replaceAll('.', '_')));
      const row = documented.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${name}\``)) ?? '';
      const names = [...row.matchAll(/`([a-z_.]+)`/g)].map(([, each = '']) => each.replaceAll('.', '_'));
      return row.includes('| model,') ? [...names, 'gen_ai_request_model'] : names;
    };
    const ofResource = ['user_name', 'host_name', 'claude_trace_project', 'le'];
    expect(unknownLabels(targetsOf('grafana/spending.json'), attributesOf, ofResource)).toEqual([]);
  });

  it.skipIf(!hasPromtool)('has alerts and a configuration that Prometheus accepts (needs promtool)', () => {
    expect(promtool(['check', 'rules', 'prometheus-alerts.yaml'])).toMatch(/SUCCESS: \d+ rules found/);
    expect(promtool(['check', 'config', 'prometheus.yaml'])).toContain('is valid prometheus config file syntax');
  });

  it.skipIf(!isInstalled('haproxy'))('has a backend in its manual that HAProxy accepts (needs haproxy)', () => {
    const manual = readFileSync(new URL('../../docs/gateway.md', import.meta.url), 'utf8');
    const [, backend = ''] = /```text\n(backend gateways\n[\s\S]*?)```/.exec(manual) ?? [];
    const frontend = 'frontend clients\n  bind 127.0.0.1:8080\n  default_backend gateways\n';
    const timeouts = 'defaults\n  mode http\n  timeout connect 5s\n  timeout client 1h\n  timeout server 1h\n';
    const folder = mkdtempSync(join(tmpdir(), 'claude-trace-haproxy-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'haproxy.cfg');
    writeFileSync(file, timeouts + frontend + backend);
    const checked = spawnSync('haproxy', ['-c', '-f', file]);
    expect(backend).not.toBe('');
    // A warning has a line of its own.
    expect(checked.stdout.toString() + checked.stderr.toString()).toBe('Configuration file is valid\n');
  });

  it('has a unit that can write the audit log of the example, and gives servers a home', () => {
    const unit = read('claude-trace-gateway.service');
    const example = readFileSync(new URL('../../docs/gateway.example.yaml', import.meta.url), 'utf8');
    const secrets = { SESSION_KEY: 'a key that has more than 32 bytes!', OIDC_CLIENT_SECRET: 'x', DOCS_TOKEN: 'y' };
    const auditWith = (env: NodeJS.ProcessEnv) =>
      parseGatewayConfig(example, 'gateway.yaml', { ...secrets, ...env }).audit?.file;
    expect(unit).toMatch(/^StateDirectory=claude-trace\nLogsDirectory=claude-trace$/m);
    expect(unit).toMatch(/^Environment=HOME=\/var\/lib\/claude-trace /m);
    // systemd sets it for LogsDirectory.
    expect(auditWith({ LOGS_DIRECTORY: '/var/log/claude-trace' })).toBe('/var/log/claude-trace/audit.jsonl');
    expect(auditWith({})).toBe('audit/audit.jsonl');
  });

  it.skipIf(!isInstalled('systemd-analyze'))('has a unit that systemd accepts (needs systemd-analyze)', () => {
    const unit = join(FOLDER, 'claude-trace-gateway.service');
    const checked = spawnSync('systemd-analyze', ['verify', unit]);
    expect([checked.status, checked.stderr.toString()]).toEqual([0, '']);
  });

  it('has a test of each alert: that it fires, and that it does not in normal operation', () => {
    const alerts = parse(read('prometheus-alerts.yaml')).groups[0].rules.map(({ alert }: { alert: string }) => alert);
    const [normal, ...faults] = parse(readFileSync(ALERT_TESTS, 'utf8')).tests.map(alertTests);
    expect(normal).toEqual(alerts.map((alert: string) => ({ alert, fires: 0 })));
    const firing = faults.flat().filter(({ fires }: { fires: number }) => fires > 0);
    expect(firing.map(({ alert }: { alert: string }) => alert).toSorted()).toEqual(alerts.toSorted());
  });

  it.skipIf(!hasPromtool)('has alerts that pass these tests (needs promtool)', () => {
    expect(promtool(['test', 'rules', ALERT_TESTS])).toContain('SUCCESS');
  });
});

interface AlertTest {
  alertname: string;
  exp_alerts?: unknown[];
}

function alertTests({ alert_rule_test: tests }: { alert_rule_test: AlertTest[] }) {
  return tests.map(({ alertname: alert, exp_alerts: expected = [] }) => ({ alert, fires: expected.length }));
}
