import { quantileOf, type Samples, samplesOf, sumOf } from './samples.js';

/** The figures of `gateway top`. Rates are per second, latencies in ms; null if not known yet. */
export interface TopFigures {
  version: string;
  /** To routes, as the figures beside it: health checks and scrapes are no traffic. */
  requests: number;
  requestsPerSecond: number | null;
  requestsInFlight: number;
  sessions: number;
  memoryBytes: number;
  isStopping: boolean;
  /** Null if no Redis is configured. */
  isRedisConnected: boolean | null;
  problems: number;
  routes: RouteFigures[];
  upstreams: UpstreamFigures[];
  /** The most called ones first. */
  tools: ToolFigures[];
}

export interface RouteFigures {
  route: string;
  requests: number;
  requestsPerSecond: number | null;
  /** Share of the requests that have ended, 0..1. */
  failedShare: number | null;
  limitedPerSecond: number | null;
  p50Ms: number | null;
  p95Ms: number | null;
  sessions: number;
}

export interface UpstreamFigures {
  route: string;
  upstream: string;
  isHealthy: boolean;
  breaker: string;
  answersPerSecond: number | null;
  errors: number;
  errorsPerSecond: number | null;
  p50Ms: number | null;
  p95Ms: number | null;
  /** Number of processes; null for an upstream over HTTP. */
  children: number | null;
}

export interface ToolFigures {
  route: string;
  tool: string;
  calls: number;
  callsPerSecond: number | null;
  failedShare: number | null;
  averageMs: number | null;
}

const G = 'claude_trace_gateway_';
const FAILED = ['upstream_error', 'timeout', 'no_upstream', 'internal', 'cut_off'];

/** Metrics at one time. */
export interface Scrape {
  /** Unix ms. */
  at: number;
  samples: Samples;
}

/** Those of the last `windowMs` before `now`, and of the same process: a restarted one counts from 0. */
export function comparable(scrapes: readonly Scrape[], now: Scrape, windowMs: number): Scrape[] {
  const startOf = ({ samples }: Scrape) => sumOf(samples, 'process_start_time_seconds');
  return scrapes.filter((each) => each.at >= now.at - windowMs && startOf(each) === startOf(now));
}

/** @param since rates and latencies cover the time from then on; with null, latencies cover all time, and rates are unknown */
export function figuresOf(now: Scrape, since: Scrape | null): TopFigures {
  const { samples } = now;
  const seconds = since === null ? 0 : (now.at - since.at) / 1_000;
  const total = (name: string, labels = {}) => sumOf(samples, G + name, labels);
  const grown = (name: string, labels = {}) =>
    total(name, labels) - (since === null ? 0 : sumOf(since.samples, G + name, labels));
  const rate = (name: string, labels = {}) => (seconds > 0 ? grown(name, labels) / seconds : null);
  /** Without what has no route. */
  const ofRoutes = (read: (name: string, labels?: object) => number, name: string) =>
    read(name) - read(name, { route: '' });
  const latency = (name: string, labels: Record<string, string>, quantile: number) => {
    const value = quantileOf(samples, since?.samples ?? null, G + name, labels, quantile);
    return value === null ? null : value * 1_000;
  };
  const share = (name: string, labels: Record<string, string>) => {
    const all = grown(name, labels);
    const failed = FAILED.reduce((sum, outcome) => sum + grown(name, { ...labels, outcome }), 0);
    return all > 0 ? failed / all : null;
  };
  const redis = samplesOf(samples, `${G}redis_connected`)[0];
  const upstreams = samplesOf(samples, `${G}upstream_healthy`).map(({ labels, value }) => {
    const { route = '', upstream = '' } = labels;
    const its = { route, upstream };
    const children = samplesOf(samples, `${G}children`, its)[0];
    return {
      ...its,
      isHealthy: value === 1,
      breaker: samplesOf(samples, `${G}breaker_state`, its).find((each) => each.value === 1)?.labels.state ?? '',
      answersPerSecond: rate('upstream_answers_total', its),
      errors: total('upstream_errors_total', its),
      errorsPerSecond: rate('upstream_errors_total', its),
      p50Ms: latency('upstream_duration_seconds', its, 0.5),
      p95Ms: latency('upstream_duration_seconds', its, 0.95),
      children: children?.value ?? null,
    };
  });
  const routes = [...new Set(upstreams.map(({ route }) => route))].map((route) => ({
    route,
    requests: total('requests_total', { route }),
    requestsPerSecond: rate('requests_total', { route }),
    failedShare: share('requests_total', { route }),
    limitedPerSecond: rate('limited_total', { route }),
    p50Ms: latency('request_duration_seconds', { route }, 0.5),
    p95Ms: latency('request_duration_seconds', { route }, 0.95),
    sessions: total('sessions', { route }),
  }));
  const tools = samplesOf(samples, `${G}tool_seconds_total`).map(({ labels }) => {
    const { route = '', tool = '' } = labels;
    const its = { route, tool };
    const ended = grown('tool_calls_total', its);
    return {
      ...its,
      calls: total('tool_calls_total', its),
      callsPerSecond: rate('tool_calls_total', its),
      failedShare: share('tool_calls_total', its),
      averageMs: ended > 0 ? (grown('tool_seconds_total', its) / ended) * 1_000 : null,
    };
  });
  return {
    version: samplesOf(samples, `${G}info`)[0]?.labels.version ?? '',
    requests: ofRoutes(total, 'requests_total'),
    requestsPerSecond: seconds > 0 ? ofRoutes(grown, 'requests_total') / seconds : null,
    requestsInFlight: ofRoutes(total, 'requests_in_flight'),
    sessions: total('sessions'),
    memoryBytes: sumOf(samples, 'process_resident_memory_bytes'),
    isStopping: total('stopping') === 1,
    isRedisConnected: redis === undefined ? null : redis.value === 1,
    problems: total('problems_total'),
    routes,
    upstreams,
    tools: tools.sort((one, other) => other.calls - one.calls),
  };
}
