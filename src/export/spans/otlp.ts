import { DiagLogLevel, diag, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode, millisToHrTime } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Span } from './span.js';

export interface SpanSender {
  /** Resolves when the collector has taken all spans. @throws DeliveryError */
  send(spans: readonly Span[]): Promise<void>;
  close(): Promise<void>;
}

/** The collector did not take the spans. The message says why, in half a sentence. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
}

export interface SenderOptions {
  /** The whole URL, with its `/v1/traces`. */
  url: string;
  /** The traced program, as backends list it. */
  serviceName: string;
  /** Version of claude-trace. */
  version: string;
  /** How long one batch may take, with all its retries. */
  patienceMs: number;
  /** Reports what costs no spans: a certificate that cannot be read, an answer that makes no sense. */
  onWarning(text: string): void;
}

/**
 * Sends spans over OTLP/HTTP with OpenTelemetry's own exporter: as protobuf, repeated when the collector answers 429, 502,
 * 503 or 504 or cannot be reached, as its `Retry-After` says. It takes authentication, certificates and compression from the
 * standard variables (OTEL_EXPORTER_OTLP_HEADERS, …).
 */
export function createSpanSender({ url, serviceName, version, patienceMs, onWarning }: SenderOptions): SpanSender {
  // The exporter only logs spans that the collector refused one by one, and settings that it cannot use.
  let refusal: string | null = null;
  const warn = (...words: unknown[]) => {
    const text = words.filter((word) => typeof word === 'string').join(' ');
    if (text.startsWith('Received Partial Success')) refusal = text;
    else onWarning(text);
  };
  const quiet = () => {};
  const logger = { error: warn, warn, info: quiet, debug: quiet, verbose: quiet };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: patienceMs });
  const resource = resourceFromAttributes({ 'service.name': serviceName });

  return {
    async send(spans) {
      const readable = spans.map((span) => readableSpan(span, resource, version));
      const result = await new Promise<ExportResult>((resolve) => exporter.export(readable, resolve));
      if (result.code !== ExportResultCode.SUCCESS)
        throw new DeliveryError(reason(result.error), { cause: result.error });
      if (refusal !== null) throw new DeliveryError(refusal);
    },
    async close() {
      await exporter.shutdown();
      diag.disable();
    },
  };
}

/**
 * Never the collector's whole answer: it could repeat the spans. The exporter's errors have the HTTP status as their code,
 * and no code when it gave up repeating.
 */
function reason(error: Error | undefined): string {
  if (error === undefined) return 'it gave no reason';
  if ('code' in error && error.code === undefined) return 'it stayed busy (429, 502, 503 or 504) for too long';
  const code = 'code' in error && typeof error.code === 'number' ? `${error.code} ` : '';
  return `${code}${error.message}`.trim();
}

const KINDS = { client: SpanKind.CLIENT, internal: SpanKind.INTERNAL };

export function readableSpan(span: Span, resource: Resource, version: string): ReadableSpan {
  const contextOf = (spanId: string) => ({ traceId: span.traceId, spanId, traceFlags: TraceFlags.SAMPLED });
  return {
    name: span.name,
    kind: KINDS[span.kind],
    spanContext: () => contextOf(span.spanId),
    ...(span.parentSpanId !== null && { parentSpanContext: contextOf(span.parentSpanId) }),
    startTime: millisToHrTime(span.start),
    endTime: millisToHrTime(span.end),
    duration: millisToHrTime(span.end - span.start),
    ended: true,
    status:
      span.failure === null
        ? { code: SpanStatusCode.UNSET }
        : { code: SpanStatusCode.ERROR, ...(span.failure !== '' && { message: span.failure }) },
    attributes: span.attributes,
    links: span.follows === null ? [] : [{ context: contextOf(span.follows) }],
    events: [],
    resource,
    instrumentationScope: { name: 'claude-trace', version },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}
