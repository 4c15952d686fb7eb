import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { VERSION } from '../../settings/version.js';
import type { Route } from '../config/route-schema.js';
import type { GatewayConfig } from '../config/schema.js';
import { type GatewayFact, PROBLEM_PARTS, type Report } from '../facts.js';
import { createLabels } from './labels.js';

/** Prometheus metrics of the gateway. Labels have few values: a name from a client is one only if the configuration or a server has it. */
export interface Metrics {
  report: Report;
  /** The configuration, at the start and after the fact of each reload: its routes and upstreams. */
  configured(config: GatewayConfig): void;
  contentType: string;
  text(): Promise<string>;
}

const PREFIX = 'claude_trace_gateway_';
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
/** Gauges of prom-client that have the names of counters: `promtool check metrics` warns of them. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];
const BREAKER_STATES = ['closed', 'open', 'half_open'] as const;

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const labels = createLabels();
  const m = createInstruments(registry);
  m.info.set({ version: VERSION }, 1);
  let routes: readonly Route[] = [];

  function report(fact: GatewayFact): void {
    switch (fact.type) {
      case 'request_started':
        m.inFlight.inc({ route: fact.route ?? '' });
        break;
      case 'request_ended': {
        const route = fact.route ?? '';
        const { status, outcome } = fact;
        const method = labels.method(fact.method);
        // Bytes that were not HTTP began no request.
        if (fact.httpMethod !== '') m.inFlight.dec({ route });
        m.requests.inc({ route, method, status, outcome });
        m.duration.observe({ route, method }, fact.durationMs / 1_000);
        m.bytes.inc({ route, direction: 'in' }, fact.bytesIn);
        m.bytes.inc({ route, direction: 'out' }, fact.bytesOut);
        if (fact.tool === null) break;
        const tool = labels.tool(route, fact.tool);
        m.toolCalls.inc({ route, tool, outcome });
        m.toolSeconds.inc({ route, tool }, fact.durationMs / 1_000);
        break;
      }
      case 'upstream_answered': {
        const { route, upstream, status } = fact;
        m.upstreamAnswers.inc({ route: route ?? '', upstream, status: status ?? 'none' });
        m.upstreamDuration.observe({ route: route ?? '', upstream }, fact.durationMs / 1_000);
        break;
      }
      case 'upstream_error':
        m.upstreamErrors.inc({ route: fact.route, upstream: fact.upstream, kind: fact.kind });
        break;
      case 'upstream_state':
        m.healthy.set({ route: fact.route, upstream: fact.upstream }, Number(fact.isHealthy));
        break;
      case 'breaker':
        setBreaker(fact.route, fact.upstream, fact.state);
        break;
      case 'session_opened':
        if (fact.isNew) m.sessionsOpened.inc({ route: fact.route });
        m.sessions.inc({ route: fact.route });
        break;
      case 'session_closed':
        m.sessionsClosed.inc({ route: fact.route, reason: fact.reason });
        m.sessions.dec({ route: fact.route });
        break;
      case 'child_started':
        m.childStarts.inc({ route: fact.route, upstream: fact.upstream });
        m.children.inc({ route: fact.route, upstream: fact.upstream });
        break;
      case 'child_ended':
        m.children.dec({ route: fact.route, upstream: fact.upstream });
        break;
      case 'tools_listed':
        labels.learnTools(fact.route, fact.tools);
        break;
      case 'auth':
        m.auth.inc({
          route: fact.route ?? '',
          method: fact.method,
          outcome: fact.outcome,
          reason: fact.reason ?? '',
        });
        break;
      case 'decision':
        m.decisions.inc({ route: fact.route, rule: fact.rule, action: fact.action });
        break;
      case 'limited':
        m.limited.inc({ route: fact.route ?? '', tier: fact.tier });
        break;
      case 'connections_refused':
        m.limited.inc({ route: '', tier: 'connections' }, fact.count);
        break;
      case 'reloaded':
        forget(fact.replaced);
        m.reloads.inc({ outcome: 'ok' });
        m.reloadedAt.set(fact.at / 1_000);
        break;
      case 'reload_failed':
        m.reloads.inc({ outcome: 'failed' });
        break;
      case 'redis':
        m.redis().set(Number(fact.state === 'connected'));
        break;
      case 'problem':
        m.problems.inc({ part: fact.part });
        break;
      case 'stopping':
        m.stopping.set(1);
        break;
    }
  }

  /** Upstreams have ended. */
  function forget(names: readonly string[]): void {
    for (const { name: route, upstreams } of routes.filter(({ name }) => names.includes(name))) {
      for (const { name: upstream } of upstreams) {
        m.healthy.remove({ route, upstream });
        for (const state of BREAKER_STATES) m.breaker.remove({ route, upstream, state });
      }
    }
    routes = routes.filter(({ name }) => !names.includes(name));
  }

  function setBreaker(route: string, upstream: string, state: (typeof BREAKER_STATES)[number]): void {
    for (const each of BREAKER_STATES) m.breaker.set({ route, upstream, state: each }, Number(each === state));
  }

  // A counter that begins at 1 has no increase for Prometheus: alerts would miss the first failure.
  for (const part of PROBLEM_PARTS) m.problems.inc({ part }, 0);
  for (const outcome of ['ok', 'failed']) m.reloads.inc({ outcome }, 0);

  return {
    report,
    configured({ routes: configured }) {
      labels.keepRoutes(configured.map(({ name }) => name));
      // Upstreams that a reload keeps keep their state.
      const added = configured.filter(({ name }) => !routes.some((known) => known.name === name));
      routes = configured;
      // New upstreams begin healthy; facts report changes.
      for (const { name: route, upstreams } of added) {
        m.sessions.inc({ route }, 0);
        m.inFlight.inc({ route }, 0);
        for (const { name: upstream } of upstreams) {
          m.healthy.set({ route, upstream }, 1);
          setBreaker(route, upstream, 'closed');
        }
      }
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}

function createInstruments(registry: Registry) {
  const of = <Name extends string>(name: string, help: string, labelNames: readonly Name[] = []) => ({
    name: PREFIX + name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
  });
  const counter = <Name extends string>(name: string, help: string, names?: readonly Name[]) =>
    new Counter<Name>(of(name, help, names));
  const gauge = <Name extends string>(name: string, help: string, names?: readonly Name[]) =>
    new Gauge<Name>(of(name, help, names));
  const histogram = <Name extends string>(name: string, help: string, names: readonly Name[]) =>
    new Histogram<Name>({ ...of(name, help, names), buckets: SECONDS });
  return {
    info: gauge('info', 'Version of claude-trace.', ['version']),
    inFlight: gauge('requests_in_flight', 'Requests in progress, streams included.', ['route']),
    requests: counter('requests_total', 'Requests that have ended.', ['route', 'method', 'status', 'outcome']),
    duration: histogram('request_duration_seconds', 'Time until the last byte of the answer.', ['route', 'method']),
    bytes: counter('bytes_total', 'Bytes of bodies.', ['route', 'direction']),
    toolCalls: counter('tool_calls_total', 'Calls of tools that have ended.', ['route', 'tool', 'outcome']),
    toolSeconds: counter('tool_seconds_total', 'Total duration of these calls.', ['route', 'tool']),
    upstreamAnswers: counter('upstream_answers_total', 'Attempts at upstreams by HTTP status.', [
      'route',
      'upstream',
      'status',
    ]),
    upstreamDuration: histogram('upstream_duration_seconds', 'Time until the head of the answer of an upstream.', [
      'route',
      'upstream',
    ]),
    upstreamErrors: counter('upstream_errors_total', 'Attempts without a valid answer of the upstream.', [
      'route',
      'upstream',
      'kind',
    ]),
    healthy: gauge('upstream_healthy', '1: the upstream gets new sessions.', ['route', 'upstream']),
    breaker: gauge('breaker_state', '1 for the current state of the circuit breaker.', ['route', 'upstream', 'state']),
    sessions: gauge('sessions', 'MCP sessions that are open in this process.', ['route']),
    sessionsOpened: counter('sessions_opened_total', 'Sessions that were opened.', ['route']),
    sessionsClosed: counter('sessions_closed_total', 'Sessions that have ended.', ['route', 'reason']),
    children: gauge('children', 'Processes of stdio upstreams.', ['route', 'upstream']),
    childStarts: counter('child_starts_total', 'Processes that were started.', ['route', 'upstream']),
    auth: counter('auth_total', 'Decisions about the identity of clients.', ['route', 'method', 'outcome', 'reason']),
    decisions: counter('rule_decisions_total', 'Actions of rules.', ['route', 'rule', 'action']),
    limited: counter('limited_total', 'Requests above a limit.', ['route', 'tier']),
    reloads: counter('reloads_total', 'Reloads of the configuration.', ['outcome']),
    reloadedAt: gauge('reloaded_timestamp_seconds', 'When the configuration was last reloaded successfully.'),
    // Made when it is first needed: otherwise it would be 0 without a configured Redis.
    redis: once(() => gauge('redis_connected', '0: limits apply to this process alone.')),
    problems: counter('problems_total', 'Failures of the gateway itself that did not stop traffic.', ['part']),
    stopping: gauge('stopping', '1: the gateway is stopping and takes no new connections.'),
  };
}

function once<Made>(make: () => Made): () => Made {
  let made: Made | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
