import { type ClientRequest, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { gzipSync } from 'node:zlib';
import { convertLegacyHttpOptions } from '@opentelemetry/otlp-exporter-base/node-http';
import { ProtobufMetricsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { describeError } from '../../base/error-text.js';
import { withTimeLimit } from '../../base/time-limit.js';

/**
 * The answer of a collector. taken: `refused` says why it will never accept a part; later: try again; refused: it will never accept this;
 * not_offered: it accepts nothing of this kind.
 */
export type Answer =
  | { type: 'taken'; refused: string | null }
  | { type: 'later'; reason: string; retryAfterMs: number | null }
  | { type: 'refused'; reason: string }
  | { type: 'not_offered'; reason: string };

/** Sends to a collector over OTLP/HTTP, without repetitions. */
export interface Collector {
  spans(spans: readonly ReadableSpan[], signal: AbortSignal): Promise<Answer>;
  /** One request for each resource. @returns the last answer */
  metrics(resources: readonly ResourceMetrics[], signal: AbortSignal): Promise<Answer>;
  /** Sends an empty request, to find out whether it accepts spans or, if not, metrics. */
  probe(signal: AbortSignal): Promise<Answer>;
}

const ATTEMPT_MS = 10_000;
/** Maximum size of an answer, which holds at most a sentence. */
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Headers, certificates and compression come from the standard variables (OTEL_EXPORTER_OTLP_HEADERS, …). The exporters of
 * OpenTelemetry are not used, since they do not report `Retry-After`.
 * @param endpoint the base URL, as in OTEL_EXPORTER_OTLP_ENDPOINT
 */
export function createCollector(endpoint: string): Collector {
  const traces = sender(endpoint, 'TRACES');
  const metrics = sender(endpoint, 'METRICS');
  return {
    spans: (spans, signal) => traces(ProtobufTraceSerializer, [...spans], signal),
    async metrics(resources, signal) {
      let answer: Answer = { type: 'taken', refused: null };
      for (const each of resources) {
        answer = await metrics(ProtobufMetricsSerializer, each, signal);
        if (answer.type !== 'taken') return answer;
      }
      return answer;
    },
    async probe(signal) {
      const answer = await traces(ProtobufTraceSerializer, [], signal);
      if (answer.type !== 'not_offered') return answer;
      return metrics(ProtobufMetricsSerializer, { resource: resourceFromAttributes({}), scopeMetrics: [] }, signal);
    },
  };
}

interface Serializer<Sent> {
  serializeRequest(request: Sent): Uint8Array | undefined;
  deserializeResponse(bytes: Uint8Array): { partialSuccess?: { errorMessage?: string } };
}

function sender(endpoint: string, kind: 'TRACES' | 'METRICS') {
  const path = `v1/${kind.toLowerCase()}`;
  const url = `${endpoint.replace(/\/$/, '')}/${path}`;
  const options = convertLegacyHttpOptions({ url }, kind, path, { 'Content-Type': 'application/x-protobuf' });

  return async <Sent>(serializer: Serializer<Sent>, sent: Sent, signal: AbortSignal): Promise<Answer> => {
    const plain = serializer.serializeRequest(sent) ?? new Uint8Array();
    const bytes = options.compression === 'gzip' ? gzipSync(plain) : plain;
    try {
      const headers = {
        ...(await options.headers()),
        'Content-Length': bytes.length,
        ...(options.compression === 'gzip' && { 'Content-Encoding': 'gzip' }),
      };
      const agent = await options.agentFactory(new URL(url).protocol);
      const send = url.startsWith('https:') ? httpsRequest : httpRequest;
      const answer = await withTimeLimit(ATTEMPT_MS, signal, (limited) =>
        exchange(send(url, { method: 'POST', headers, agent, signal: limited }), bytes),
      );
      return judge(answer, (body) => serializer.deserializeResponse(body));
    } catch (error) {
      const reason =
        error instanceof Error && error.name === 'AbortError' ? 'it did not answer in time' : describeError(error);
      return { type: 'later', reason, retryAfterMs: null };
    }
  };
}

interface RawAnswer {
  status: number;
  statusText: string;
  retryAfter: string | undefined;
  body: Uint8Array;
}

function exchange(request: ClientRequest, bytes: Uint8Array): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= MAX_ANSWER_BYTES) chunks.push(chunk);
        else response.destroy(new Error('its answer is too long'));
      });
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          statusText: response.statusMessage ?? '',
          retryAfter: response.headers['retry-after'],
          body: Buffer.concat(chunks),
        });
      });
    });
    request.end(bytes);
  });
}

/** The collector says that the data is wrong. All other failures can be corrected without losing data. */
const REFUSED = new Set([400, 413, 422]);
const NOT_OFFERED = new Set([404, 405, 501]);

/** Never the collector's whole answer: it could repeat what was sent, or credentials. */
function judge(
  { status, statusText, retryAfter, body }: RawAnswer,
  read: (body: Uint8Array) => { partialSuccess?: { errorMessage?: string } },
): Answer {
  const reason = `it answered ${status} ${statusText}`.trim();
  if (status >= 200 && status < 300) return { type: 'taken', refused: partialRefusal(body, read) };
  if (REFUSED.has(status)) return { type: 'refused', reason };
  if (NOT_OFFERED.has(status)) return { type: 'not_offered', reason };
  return { type: 'later', reason, retryAfterMs: delayOf(retryAfter, Date.now()) };
}

function partialRefusal(
  body: Uint8Array,
  read: (body: Uint8Array) => { partialSuccess?: { errorMessage?: string } },
): string | null {
  try {
    return read(body).partialSuccess?.errorMessage || null;
  } catch {
    // The answer is not OTLP, but the data was accepted.
    return null;
  }
}

/** Seconds or a date (RFC 9110, 10.2.3). @param now unix ms @returns ms; null without one that can be read */
function delayOf(retryAfter: string | undefined, now: number): number | null {
  if (retryAfter === undefined) return null;
  if (/^\d{1,9}$/.test(retryAfter.trim())) return Number(retryAfter) * 1_000;
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
