import { UsageError, UserError } from '../../base/errors.js';
import { VERSION } from '../../settings/version.js';
import type { Reader } from '../../store/index.js';
import { notify } from '../../text/output/stderr.js';
import { printableLine } from '../../text/text.js';
import type { ExportRun } from '../run.js';
import type { SpanSender } from './otlp.js';
import { sendSpans } from './send-spans.js';

/** For one batch, with its retries: a collector that is restarted is back by then. */
const PATIENCE_MS = 30_000;
/** A collector that takes longer is said to be waited for. */
const QUICK_MS = 3_000;

/** Sends spans to a collector. @throws UserError when it does not take them */
export async function deliverSpans(reader: Reader, run: ExportRun, url: string, withContent: boolean): Promise<void> {
  // OpenTelemetry's packages are loaded by who needs them only.
  const { createSpanSender, DeliveryError } = await import('./otlp.js');
  const sender = createSpanSender({
    url,
    serviceName: process.env.OTEL_SERVICE_NAME || 'claude-code',
    version: VERSION,
    patienceMs: PATIENCE_MS,
    onWarning: (text) => notify(`OpenTelemetry says: ${printableLine(text)}`),
  });
  try {
    await sendSpans(reader, run, saidToWait(sender, url), withContent);
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    throw new UserError(`The collector ${url} did not take the spans: ${printableLine(error.message)}.`, {
      cause: error,
    });
  } finally {
    await sender.close();
  }
}

/** Says once what it waits for. */
function saidToWait(sender: SpanSender, url: string): SpanSender {
  let said = false;
  return {
    ...sender,
    async send(spans) {
      const timer = setTimeout(() => {
        if (!said) notify(`waiting for the collector ${url} to answer, for up to ${PATIENCE_MS / 1000} seconds.`);
        said = true;
      }, QUICK_MS);
      try {
        await sender.send(spans);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/**
 * Where a collector takes traces, from its base URL, as OTEL_EXPORTER_OTLP_ENDPOINT has it, or from the whole.
 * @throws UsageError
 */
export function collectorUrl(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError('--otlp: give the URL of a collector, such as http://localhost:4318.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('--otlp: give credentials in the variable OTEL_EXPORTER_OTLP_HEADERS, not in the URL.');
  }
  if (!url.pathname.endsWith('/v1/traces')) url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`;
  return url.href;
}
