import { context, TraceFlags, trace as traces } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { toJsonRow } from '../../base/json-row.js';
import { VERSION } from '../../settings/version.js';
import type { LogConfig, TracingConfig } from '../config/schema.js';
import type { GatewayFact, Report } from '../facts.js';
import { isLogged, type Level, levelOf } from './log.js';
import { EXPORT_TIMEOUT_MS, type OtlpListener, reportingFailures, resourceOf, signalUrl } from './traces.js';

const SEVERITIES: Readonly<Record<Level, SeverityNumber>> = {
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
};

/** The log as OTLP, with the trace of each request. */
export function createLogs(config: TracingConfig, log: LogConfig, problem: Report): OtlpListener {
  const url = signalUrl(config.endpoint, 'logs');
  const exporter = reportingFailures(
    new OTLPLogExporter({ url, headers: config.headers, timeoutMillis: EXPORT_TIMEOUT_MS }),
    url,
    problem,
  );
  const processor = new BatchLogRecordProcessor({ exporter, maxQueueSize: 4_096 });
  const provider = new LoggerProvider({ resource: resourceOf(config), processors: [processor] });
  const logger = provider.getLogger('claude-trace gateway', VERSION);
  return {
    report(fact) {
      const level = levelOf(fact);
      if (!isLogged(level, log)) return;
      const { at, type, ...fields } = fact;
      logger.emit({
        timestamp: at,
        severityNumber: SEVERITIES[level],
        severityText: level,
        eventName: `claude_trace.gateway.${type}`,
        body: type,
        attributes: attributesOf(fields),
        context: contextOf(fact),
      });
    },
    close: () => provider.shutdown(),
  };
}

function attributesOf(fields: object): Record<string, string | number | boolean | string[]> {
  return Object.fromEntries(
    Object.entries(toJsonRow(fields)).flatMap(([name, value]) =>
      name === 'trace' || value === null || value === undefined ? [] : [[name, value]],
    ),
  );
}

function contextOf(fact: GatewayFact) {
  if (!('trace' in fact)) return context.active();
  const { traceId, spanId, isSampled } = fact.trace;
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return traces.setSpanContext(context.active(), { traceId, spanId, traceFlags });
}
