import type { RequestSummary } from '../../model/request.js';
import { requestSpan } from './request-span.js';
import type { Span } from './span.js';
import { toolSpans } from './tool-spans.js';
import type { TracedRequests } from './traced-request.js';

/**
 * The span of a request, after those of the tool calls whose results it brings.
 * @returns null when retention has removed it. `isWhole` is false if a part of it is cut off or damaged
 */
export function requestSpans(
  traced: TracedRequests,
  row: RequestSummary,
  withContent: boolean,
): { spans: Span[]; isWhole: boolean } | null {
  const request = traced.read(row);
  if (request === null) return null;
  const calling = request.body && traced.callingRequest(row);
  const tools = request.body && calling ? toolSpans(row, request.body, calling, withContent) : [];
  return { spans: [...tools, requestSpan(request, withContent)], isWhole: request.isWhole };
}

/** A batch ends with the span that reaches one of these. Collectors take at least 4 MB at a time. */
export const BATCH_SPANS = 512;
export const BATCH_CHARACTERS = 2_000_000;

/** Roughly the number of characters that a collector gets. */
export function sizeOf(spans: readonly Span[]): number {
  const values = spans.flatMap(({ attributes }) => Object.values(attributes));
  return values.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), 0);
}
