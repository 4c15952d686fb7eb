import type { RequestSummary } from '../../model/request.js';
import type { Reader } from '../../store/index.js';
import type { ExportJob } from '../export-job.js';
import type { Reached } from '../walk.js';
import { mcpSpans } from './mcp-spans.js';
import type { SpanSender } from './otlp.js';
import { BATCH_CHARACTERS, BATCH_SPANS, requestSpans, sizeOf } from './request-spans.js';
import type { Span } from './span.js';
import { createTracedRequests, type TracedRequests } from './traced-request.js';

/** Sends a span for each request, tool call and MCP call, batch by batch. @throws DeliveryError */
export async function sendSpans(
  reader: Reader,
  job: ExportJob,
  sender: SpanSender,
  withContent: boolean,
): Promise<void> {
  const traced = createTracedRequests(reader);
  let batch: Span[] = [];
  let characters = 0;
  let requests = 0;
  let reachedSoFar: Reached = job.outcome.reached;
  const flush = async () => {
    if (batch.length > 0) await sender.send(batch);
    job.delivered(requests, reachedSoFar);
    batch = [];
    characters = 0;
    requests = 0;
  };

  for await (const { row, reached } of job.steps()) {
    const spans = row && spansOf(reader, traced, job, row, withContent);
    if (spans !== null) {
      batch.push(...spans);
      requests++;
      characters += withContent ? sizeOf(spans) : 0;
    }
    reachedSoFar = reached;
    if (batch.length >= BATCH_SPANS || characters >= BATCH_CHARACTERS) await flush();
  }
  await flush();
}

/** Null when retention has removed the request in the meantime. */
function spansOf(
  reader: Reader,
  traced: TracedRequests,
  job: ExportJob,
  row: RequestSummary,
  withContent: boolean,
): Span[] | null {
  const read = requestSpans(traced, row, withContent);
  if (read === null) return null;
  if (!read.isWhole) job.incomplete();
  return [...mcpSpans(reader, row, withContent), ...read.spans];
}
