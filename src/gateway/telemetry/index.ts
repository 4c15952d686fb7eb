import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import type { GatewayConfig } from '../config/schema.js';
import type { GatewayFact, Report } from '../facts.js';
import { createLog, type Log, type WriteLog } from './log.js';
import { createMetrics } from './metrics.js';
import { answerScrape, listenForScrapes } from './scrapes.js';
import type { OtlpListener } from './traces.js';

/** Log, metrics and, if they are configured, traces of the gateway. A listener of facts. */
export interface Telemetry {
  report: Report;
  /** The configuration has changed. `metrics.listen` stays as it was. */
  configured(config: GatewayConfig): Promise<void>;
  /** Answers `/metrics` of the gateway's own address. */
  metrics(request: IncomingMessage, response: ServerResponse): void;
  /** Writes and sends everything that is still waiting. */
  close(): Promise<void>;
}

/** @throws CannotListenError for `metrics.listen` */
export async function createTelemetry(first: GatewayConfig, write: WriteLog): Promise<Telemetry> {
  const metrics = createMetrics();
  metrics.configured(first);
  let config = first;
  let log: Log = createLog(config.log, write, report);
  let otlp = await openOtlp(config, report);
  const scrapes: Server | null = await listenForScrapes(() => config.metrics, metrics);

  function report(fact: GatewayFact): void {
    log.report(fact);
    metrics.report(fact);
    for (const each of otlp) each.report(fact);
  }

  return {
    report,
    async configured(changed) {
      const before = config;
      config = changed;
      metrics.configured(changed);
      log.flush();
      log = createLog(changed.log, write, report);
      if (isDeepStrictEqual([before.tracing, before.log], [changed.tracing, changed.log])) return;
      const ended = otlp;
      otlp = await openOtlp(changed, report);
      await closeAll(ended);
    },
    metrics: (request, response) => answerScrape(request, response, config.metrics, metrics),
    async close() {
      scrapes?.close();
      scrapes?.closeAllConnections();
      await closeAll(otlp);
      log.flush();
    },
  };
}

/** Loads OpenTelemetry's packages only if they are needed. */
async function openOtlp({ tracing, log }: GatewayConfig, problem: Report): Promise<OtlpListener[]> {
  if (tracing === undefined) return [];
  const { createTraces } = await import('./traces.js');
  const traces = createTraces(tracing, problem);
  return tracing.logs ? [traces, (await import('./logs.js')).createLogs(tracing, log, problem)] : [traces];
}

/** How long the end of the gateway waits for a collector. */
const CLOSE_MS = 3_000;

async function closeAll(listeners: readonly OtlpListener[]): Promise<void> {
  const closed = Promise.allSettled(listeners.map((each) => each.close()));
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())]);
}
