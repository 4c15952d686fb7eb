import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { INSTRUMENTS } from '../../src/export/telemetry/instruments.js';
import { createMetrics } from '../../src/gateway/telemetry/metrics.js';
import { isInstalled } from '../support/is-installed.js';

const FOLDER = fileURLToPath(new URL('../../deploy/', import.meta.url));
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');

/** Names of our metrics in expressions, without the endings of histograms. */
function metricsIn(text: string): string[] {
  const names = text.match(/\b(?:claude_trace|gen_ai|mcp)_\w+(?=[\s{[\\)]|$)/gm) ?? [];
  return [...new Set(names.map((name) => name.replace(/_(?:bucket|sum|count)$/, '')))];
}

function expressionsOf(dashboard: string): string {
  const { panels } = JSON.parse(read(dashboard));
  // Labels are not metrics.
  return JSON.stringify(
    panels.flatMap(({ targets }: { targets: { expr: string }[] }) => targets.map(({ expr }) => expr)),
  )
    .replaceAll(/by \([^)]*\)/g, '')
    .replaceAll(/\{[^}]*\}/g, ' ');
}

function promtool(args: string[]): string {
  return execFileSync('promtool', args, { cwd: FOLDER }).toString();
}

const hasPromtool = isInstalled('promtool');

async function gatewayMetrics(): Promise<string[]> {
  const metrics = createMetrics();
  metrics.report({ type: 'redis', at: 0, state: 'lost', reason: null });
  const text = await metrics.text();
  return [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? '');
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
    const used = [
      ...metricsIn(expressionsOf('grafana/gateway.json')),
      ...metricsIn(
        read('prometheus-alerts.yaml')
          .replaceAll(/by \([^)]*\)/g, '')
          .replaceAll(/\{[^}]*\}/g, ' '),
      ),
    ];
    expect(used.length).toBeGreaterThan(15);
    expect(used.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('has a dashboard of metrics that are sent to a collector', () => {
    const used = metricsIn(expressionsOf('grafana/spending.json'));
    expect(used.length).toBeGreaterThan(6);
    expect(used.filter((name) => !streamed.includes(name))).toEqual([]);
  });

  it.skipIf(!hasPromtool)('has rules and a configuration that Prometheus accepts (needs promtool)', () => {
    expect(promtool(['check', 'rules', 'prometheus-alerts.yaml'])).toMatch(/SUCCESS: \d+ rules found/);
    expect(promtool(['check', 'config', 'prometheus.yaml'])).toContain('is valid prometheus config file syntax');
  });

  it.skipIf(!hasPromtool)('alerts when a route fails, and not when it works (needs promtool)', () => {
    const folder = mkdtempSync(join(tmpdir(), 'claude-trace-alerts-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const series = (name: string, labels: string, values: string) => ({
      series: `claude_trace_gateway_${name}{${labels}}`,
      values,
    });
    const test = {
      rule_files: [join(FOLDER, 'prometheus-alerts.yaml')],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: [
            series('requests_total', 'instance="a",route="good",outcome="ok"', '0+60x20'),
            series('requests_total', 'instance="a",route="bad",outcome="ok"', '0+60x20'),
            series('requests_total', 'instance="a",route="bad",outcome="timeout"', '0+30x20'),
            series('upstream_healthy', 'instance="a",route="bad",upstream="one"', '0x20'),
            series('upstream_healthy', 'instance="a",route="good",upstream="one"', '1x20'),
            series('upstream_healthy', 'instance="a",route="good",upstream="two"', '0x20'),
          ],
          alert_rule_test: [
            {
              eval_time: '15m',
              alertname: 'GatewayErrors',
              exp_alerts: [
                {
                  exp_labels: { instance: 'a', route: 'bad', severity: 'critical' },
                  exp_annotations: { summary: '33.33% of requests to route bad fail' },
                },
              ],
            },
            {
              eval_time: '15m',
              alertname: 'GatewayRouteWithoutUpstream',
              exp_alerts: [
                {
                  exp_labels: { instance: 'a', route: 'bad', severity: 'critical' },
                  exp_annotations: { summary: 'No upstream of route bad is healthy' },
                },
              ],
            },
          ],
        },
      ],
    };
    const file = join(folder, 'test.json');
    writeFileSync(file, JSON.stringify(test));
    expect(promtool(['test', 'rules', file])).toContain('SUCCESS');
  });
});
