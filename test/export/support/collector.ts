import { createServer, type IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import generated from 'otlp-decoder/build/src/generated/root.js';
import { onTestFinished } from 'vitest';
import { listenOnLoopback } from '../../support/loopback.js';

/** A span as a collector reads it: ids in hex, times in unix ms, attributes as plain values. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  kind: number;
  start: number;
  end: number;
  attributes: Record<string, unknown>;
  links: { traceId: string; spanId: string }[];
  status: { code: number; message: string };
  resource: Record<string, unknown>;
  scope: string;
}

/** A data point of a metric as a collector reads it. */
export interface ReceivedPoint {
  name: string;
  unit: string;
  /** Of a histogram, the sum. */
  value: number;
  /** Of a histogram. */
  count?: number;
  counts?: number[];
  isCumulative: boolean;
  attributes: Record<string, unknown>;
  resource: Record<string, unknown>;
  start: number;
  time: number;
}

/** A record of a log as a collector reads it. */
export interface ReceivedLog {
  eventName: string;
  severity: string;
  traceId: string;
  attributes: Record<string, unknown>;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: Uint8Array;
  /** Before it answers. */
  delayMs?: number;
}

export interface Collector {
  url: string;
  /** Of each request, in order, taken or not. */
  requests: {
    path: string;
    headers: IncomingHttpHeaders;
    body: Buffer;
    spans: ReceivedSpan[];
    points: ReceivedPoint[];
    logs: ReceivedLog[];
  }[];
  /** What was taken. */
  spans(): ReceivedSpan[];
  /** What was taken. */
  points(): ReceivedPoint[];
  /** What was taken. */
  logs(): ReceivedLog[];
  /** Decides about each further answer. */
  answer(next: (path: string, spans: ReceivedSpan[]) => Answer): void;
}

/**
 * Takes traces over OTLP/HTTP on the loopback interface, and reads them with the decoder that protobuf.js generated from the
 * official definitions (shipped with @opentelemetry/otlp-transformer up to 0.21x; the exporter under test has an encoder of
 * its own, written by hand).
 * @param answers to the first requests; 200 after that
 */
export async function startCollector(answers: Answer[] = []): Promise<Collector> {
  const requests: (Collector['requests'][number] & { taken: boolean })[] = [];
  let answerTo = (_path: string, _spans: ReceivedSpan[]): Answer => answers.shift() ?? { status: 200 };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const sent = Buffer.concat(chunks);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    const path = request.url ?? '';
    const spans = path.endsWith('/traces') ? decodeSpans(body) : [];
    const { status, headers = {}, body: answer = Buffer.alloc(0), delayMs = 0 } = answerTo(path, spans);
    requests.push({
      path,
      headers: request.headers,
      body,
      spans,
      points: path.endsWith('/metrics') ? decodePoints(body) : [],
      logs: path.endsWith('/logs') ? decodeLogs(body) : [],
      taken: status < 300,
    });
    if (delayMs > 0) await sleep(delayMs);
    response.writeHead(status, { 'content-type': 'application/x-protobuf', ...headers }).end(answer);
  });
  const { url, close } = await listenOnLoopback(server);
  onTestFinished(close);
  return {
    url,
    requests,
    spans: () => requests.filter(({ taken }) => taken).flatMap(({ spans }) => spans),
    points: () => requests.filter(({ taken }) => taken).flatMap(({ points }) => points),
    logs: () => requests.filter(({ taken }) => taken).flatMap(({ logs }) => logs),
    answer(next) {
      answerTo = next;
    },
  };
}

// The generated module has no types but those of its root.
const { collector } = (generated as unknown as GeneratedRoot).opentelemetry.proto;
const { ExportTraceServiceRequest, ExportTraceServiceResponse } = collector.trace.v1;
const { ExportMetricsServiceRequest } = collector.metrics.v1;
const { ExportLogsServiceRequest } = collector.logs.v1;

/** An answer of a collector that refused some spans. */
export function partialSuccess(rejectedSpans: number, errorMessage: string): Uint8Array {
  return ExportTraceServiceResponse.encode({ partialSuccess: { rejectedSpans, errorMessage } }).finish();
}

function decodeSpans(body: Uint8Array): ReceivedSpan[] {
  const { resourceSpans } = ExportTraceServiceRequest.decode(body);
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => ({
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId),
        name: span.name,
        kind: span.kind,
        start: unixMs(span.startTimeUnixNano),
        end: unixMs(span.endTimeUnixNano),
        attributes: plain(span.attributes),
        links: span.links.map((link) => ({ traceId: hex(link.traceId), spanId: hex(link.spanId) })),
        status: { code: span.status?.code ?? 0, message: span.status?.message ?? '' },
        resource: plain(resource.attributes),
        scope: scope.name,
      })),
    ),
  );
}

function decodeLogs(body: Uint8Array): ReceivedLog[] {
  const { resourceLogs } = ExportLogsServiceRequest.decode(body);
  return resourceLogs.flatMap(({ scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) =>
      logRecords.map(({ eventName, severityText, traceId, attributes }) => ({
        eventName,
        severity: severityText.toUpperCase(),
        traceId: hex(traceId),
        attributes: plain(attributes),
      })),
    ),
  );
}

const CUMULATIVE = 2;

function decodePoints(body: Uint8Array): ReceivedPoint[] {
  const { resourceMetrics } = ExportMetricsServiceRequest.decode(body);
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ name, unit, sum, histogram }) => {
        const { aggregationTemporality, dataPoints } = sum ??
          histogram ?? { aggregationTemporality: 0, dataPoints: [] };
        return dataPoints.map((point) => ({
          name,
          unit,
          value: sum ? (point.asDouble ?? Number.NaN) : (point.sum ?? Number.NaN),
          ...(histogram && { count: Number(point.count), counts: (point.bucketCounts ?? []).map(Number) }),
          isCumulative: aggregationTemporality === CUMULATIVE,
          attributes: plain(point.attributes),
          resource: plain(resource.attributes),
          start: unixMs(point.startTimeUnixNano),
          time: unixMs(point.timeUnixNano),
        }));
      }),
    ),
  );
}

/** From nanoseconds, which are more than a double can hold. */
function unixMs(nanoseconds: unknown): number {
  return Number(BigInt(String(nanoseconds)) / 1_000n) / 1_000;
}

/** Empty for a field that was not sent. */
function hex(bytes: Uint8Array | null): string {
  return Buffer.from(bytes ?? []).toString('hex');
}

function plain(attributes: KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue(value: AnyValue): unknown {
  if (value.arrayValue) return value.arrayValue.values.map(plainValue);
  if (value.intValue !== null && value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue;
}

interface AnyValue {
  stringValue?: string | null;
  boolValue?: boolean | null;
  /** A Long, as protobuf.js has 64-bit integers. */
  intValue?: unknown;
  doubleValue?: number | null;
  arrayValue?: { values: AnyValue[] } | null;
}

interface KeyValue {
  key: string;
  value: AnyValue;
}

interface GeneratedSpan {
  traceId: Uint8Array;
  spanId: Uint8Array;
  parentSpanId: Uint8Array | null;
  name: string;
  kind: number;
  startTimeUnixNano: unknown;
  endTimeUnixNano: unknown;
  attributes: KeyValue[];
  links: { traceId: Uint8Array; spanId: Uint8Array }[];
  status: { code: number; message: string } | null;
}

interface GeneratedPoint {
  startTimeUnixNano: unknown;
  timeUnixNano: unknown;
  asDouble?: number;
  sum?: number;
  count?: unknown;
  bucketCounts?: unknown[];
  attributes: KeyValue[];
}

interface GeneratedPoints {
  aggregationTemporality: number;
  dataPoints: GeneratedPoint[];
}

interface GeneratedRoot {
  opentelemetry: {
    proto: {
      collector: {
        logs: {
          v1: {
            ExportLogsServiceRequest: {
              decode(bytes: Uint8Array): {
                resourceLogs: {
                  scopeLogs: {
                    logRecords: {
                      eventName: string;
                      severityText: string;
                      traceId: Uint8Array | null;
                      attributes: KeyValue[];
                    }[];
                  }[];
                }[];
              };
            };
          };
        };
        metrics: {
          v1: {
            ExportMetricsServiceRequest: {
              decode(bytes: Uint8Array): {
                resourceMetrics: {
                  resource: { attributes: KeyValue[] };
                  scopeMetrics: {
                    metrics: {
                      name: string;
                      unit: string;
                      sum: GeneratedPoints | null;
                      histogram: GeneratedPoints | null;
                    }[];
                  }[];
                }[];
              };
            };
          };
        };
        trace: {
          v1: {
            ExportTraceServiceRequest: {
              decode(bytes: Uint8Array): {
                resourceSpans: {
                  resource: { attributes: KeyValue[] };
                  scopeSpans: { scope: { name: string }; spans: GeneratedSpan[] }[];
                }[];
              };
            };
            ExportTraceServiceResponse: { encode(message: object): { finish(): Uint8Array } };
          };
        };
      };
    };
  };
}
