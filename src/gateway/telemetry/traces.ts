import { type Attributes, type HrTime, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode, millisToHrTime } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { now } from '../../base/clock.js';
import { describeError } from '../../base/error-text.js';
import { RecentMap } from '../../base/recent-map.js';
import { VERSION } from '../../settings/version.js';
import type { TracingConfig } from '../config/schema.js';
import type { GatewayFact, Report, RequestEnded, TraceContext, UpstreamAnswered } from '../facts.js';

/** Spans that may wait for the collector; further ones are dropped. */
const MAX_WAITING = 4_096;
export const EXPORT_TIMEOUT_MS = 10_000;
/** Requests whose events are kept until they end, and events of each. */
const MAX_REQUESTS = 10_000;
const MAX_EVENTS = 16;

/** Sends facts to `tracing.endpoint`. */
export interface OtlpListener {
  report: Report;
  /** Sends what is still waiting. */
  close(): Promise<void>;
}

interface Event {
  name: string;
  time: HrTime;
  attributes: Attributes;
}

/**
 * A span for each request and each attempt at an upstream.
 * @param problem gets the first failure to send, and the first after each success
 */
export function createTraces(config: TracingConfig, problem: Report): OtlpListener {
  const resource = resourceOf(config);
  const url = signalUrl(config.endpoint, 'traces');
  const exporter = reportingFailures(
    new OTLPTraceExporter({ url, headers: config.headers, timeoutMillis: EXPORT_TIMEOUT_MS }),
    url,
    problem,
  );
  const processor = new BatchSpanProcessor(exporter, {
    maxQueueSize: MAX_WAITING,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const events = new RecentMap<string, Event[]>(MAX_REQUESTS);

  function note(request: string | null, fact: GatewayFact, attributes: Attributes): void {
    if (request === null) return;
    const known = events.take(request, () => []);
    if (known.length >= MAX_EVENTS) return;
    known.push({ name: fact.type, time: millisToHrTime(fact.at), attributes });
  }

  return {
    report(fact) {
      switch (fact.type) {
        case 'decision':
          note(fact.request, fact, { rule: fact.rule, action: fact.action });
          break;
        case 'limited':
          note(fact.request, fact, { tier: fact.tier });
          break;
        case 'upstream_error':
          note(fact.request, fact, { upstream: fact.upstream, kind: fact.kind });
          break;
        case 'upstream_answered':
          if (fact.trace.isSampled) processor.onEnd(upstreamSpan(fact, resource));
          break;
        case 'request_ended': {
          const its = events.get(fact.request) ?? [];
          events.delete(fact.request);
          if (fact.trace.isSampled && fact.route !== null) processor.onEnd(requestSpan(fact, its, resource));
        }
      }
    },
    close: () => processor.shutdown(),
  };
}

export function resourceOf({ service_name: name }: TracingConfig): Resource {
  return resourceFromAttributes({ 'service.name': name, 'service.version': VERSION });
}

/** @param endpoint base URL of the collector */
export function signalUrl(endpoint: string, signal: 'traces' | 'logs'): string {
  return `${endpoint.replace(/\/$/, '')}/v1/${signal}`;
}

interface Exporter<Item> {
  export(items: Item[], callback: (result: ExportResult) => void): void;
}

/** Reports when a collector begins to refuse telemetry. */
export function reportingFailures<Item, Its extends Exporter<Item>>(exporter: Its, url: string, problem: Report): Its {
  const send = exporter.export.bind(exporter);
  let isFailing = false;
  exporter.export = (items, callback) =>
    send(items, (result) => {
      const hasFailed = result.code !== ExportResultCode.SUCCESS;
      if (hasFailed && !isFailing) {
        const message = `${url} does not accept telemetry: ${describeError(result.error ?? 'it gave no reason')}`;
        problem({ type: 'problem', at: now(), part: 'tracing', message });
      }
      isFailing = hasFailed;
      callback(result);
    });
  return exporter;
}

/** Conventions for servers of MCP: https://opentelemetry.io/docs/specs/semconv/gen-ai/mcp/ */
function requestSpan(fact: RequestEnded, events: Event[], resource: Resource): ReadableSpan {
  const { trace, route, method, tool, outcome, status, ip, subject, upstream } = fact;
  const isError = outcome !== 'ok' && outcome !== 'ruled';
  return spanOf({
    trace,
    spanId: trace.spanId,
    parentId: trace.parentId,
    name: [method ?? fact.httpMethod, tool].filter((each) => each !== null).join(' '),
    kind: SpanKind.SERVER,
    end: fact.at,
    durationMs: fact.durationMs,
    attributes: {
      ...(method !== null && { 'mcp.method.name': method }),
      ...(tool !== null && { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': tool }),
      'http.request.method': fact.httpMethod,
      'http.response.status_code': status,
      'url.path': `/mcp/${route}`,
      'client.address': ip,
      ...(subject !== null && { 'user.id': subject }),
      ...(upstream !== null && { 'claude_trace.gateway.upstream': upstream }),
      ...(isError && { 'error.type': outcome }),
      'claude_trace.gateway.route': route ?? '',
      'claude_trace.gateway.outcome': outcome,
      'claude_trace.gateway.request': fact.request,
    },
    events,
    isError,
    resource,
  });
}

function upstreamSpan(fact: UpstreamAnswered, resource: Resource): ReadableSpan {
  const { trace, route, upstream, status } = fact;
  const isError = status === null || status >= 500;
  return spanOf({
    trace,
    spanId: fact.spanId,
    parentId: trace.spanId,
    name: `upstream ${upstream}`,
    kind: SpanKind.CLIENT,
    end: fact.at,
    durationMs: fact.durationMs,
    attributes: {
      ...(status !== null && { 'http.response.status_code': status }),
      ...(isError && { 'error.type': status === null ? 'no_answer' : String(status) }),
      'claude_trace.gateway.route': route ?? '',
      'claude_trace.gateway.upstream': upstream,
    },
    events: [],
    isError,
    resource,
  });
}

interface SpanFields {
  trace: TraceContext;
  spanId: string;
  parentId: string | null;
  name: string;
  kind: SpanKind;
  /** Unix ms. */
  end: number;
  durationMs: number;
  attributes: Attributes;
  events: Event[];
  isError: boolean;
  resource: Resource;
}

function spanOf({ trace, spanId, parentId, end, durationMs, isError, ...fields }: SpanFields): ReadableSpan {
  const contextOf = (id: string) => ({ traceId: trace.traceId, spanId: id, traceFlags: TraceFlags.SAMPLED });
  return {
    ...fields,
    spanContext: () => contextOf(spanId),
    ...(parentId !== null && { parentSpanContext: contextOf(parentId) }),
    startTime: millisToHrTime(end - durationMs),
    endTime: millisToHrTime(end),
    duration: millisToHrTime(durationMs),
    ended: true,
    status: { code: isError ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    links: [],
    instrumentationScope: { name: 'claude-trace gateway', version: VERSION },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}
