import { UserError } from '../../base/errors.js';
import { VERSION } from '../../settings/version.js';
import type { Reader } from '../../store/index.js';
import { notify } from '../../text/output/stderr.js';
import { printableLine } from '../../text/text.js';
import type { ExportJob } from '../export-job.js';
import type { SpanSender } from './otlp.js';
import { sendSpans } from './send-spans.js';

/** For one batch, with its retries: a collector that is being restarted is back by then. */
const PATIENCE_MS = 30_000;
/** If a collector takes longer, a message asks the user to wait. */
const QUICK_MS = 3_000;

/** Sends spans to a collector. @throws UserError when it does not take them */
export async function deliverSpans(reader: Reader, job: ExportJob, url: string, withContent: boolean): Promise<void> {
  // Loads OpenTelemetry's packages, which nothing else needs.
  const { createSpanSender, DeliveryError } = await import('./otlp.js');
  const sender = createSpanSender({
    url,
    serviceName: process.env.OTEL_SERVICE_NAME || 'claude-code',
    version: VERSION,
    patienceMs: PATIENCE_MS,
    onWarning: (text) => notify(`OpenTelemetry says: ${printableLine(text)}`),
  });
  try {
    await sendSpans(reader, job, announcingWaits(sender, url), withContent);
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    throw new UserError(`The collector ${url} did not take the spans: ${printableLine(error.message)}.`, {
      cause: error,
    });
  } finally {
    await sender.close();
  }
}

/** Tells the user once that it waits for the collector. */
function announcingWaits(sender: SpanSender, url: string): SpanSender {
  let isAnnounced = false;
  return {
    ...sender,
    async send(spans) {
      const timer = setTimeout(() => {
        if (!isAnnounced) notify(`Waiting up to ${PATIENCE_MS / 1000} seconds for the collector ${url} to answer.`);
        isAnnounced = true;
      }, QUICK_MS);
      try {
        await sender.send(spans);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
