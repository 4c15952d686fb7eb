import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Change } from '../../model/change.js';
import { VERSION } from '../../settings/version.js';
import type { Reader } from '../../store/index.js';
import { mcpSpan } from '../spans/mcp-spans.js';
import { readableSpan } from '../spans/otlp.js';
import { BATCH_CHARACTERS, BATCH_SPANS, requestSpans, sizeOf } from '../spans/request-spans.js';
import type { Span } from '../spans/span.js';
import { createTracedRequests, unlessRemoved } from '../spans/traced-request.js';
import type { Measurement } from './instruments.js';
import { measureCall, measureDelivery, measureRequest } from './measure.js';
import type { Resource } from './resource.js';
import { createIncrements, type Increments } from './sums.js';

/** Spans and metrics that are sent together. */
export interface Batch {
  /** Number of the last change in it. */
  position: number;
  /** How many of the given changes are in it. */
  changes: number;
  spans: ReadableSpan[];
  increments: Increments;
}

interface BatchOptions {
  /** Runs one query, which must be short: nothing should wait long for this thread. */
  ask<Answer>(question: (reader: Reader) => Answer): Answer;
  withContent: boolean;
  resourceOf(project: string): Resource;
}

/** The spans and metrics of these changes, or of the first of them. @throws StoreError */
export function readBatch(changes: readonly Change[], { ask, withContent, resourceOf }: BatchOptions): Batch {
  const ids = changes.map(idOf);
  const projects = ask((reader) => reader.projectsOf(ids));
  const ended = new Set(ask((reader) => reader.endedBefore(ids, changes[0]?.n ?? 0)));
  const batch: Batch = { position: 0, changes: 0, spans: [], increments: createIncrements() };
  let characters = 0;
  for (const change of changes) {
    batch.position = change.n;
    batch.changes += 1;
    const id = idOf(change);
    const read = ask((reader) => unlessRemoved(() => readChange(reader, change, ended.has(id), withContent)));
    if (change.type.endsWith('.ended')) ended.add(id);
    if (read === null) continue;
    const { attributes, resource } = resourceOf(projects.get(id) ?? '');
    batch.increments.add(attributes, read.measurements);
    batch.spans.push(...read.spans.map((span) => readableSpan(span, resource, VERSION)));
    characters += sizeOf(read.spans);
    if (batch.spans.length >= BATCH_SPANS || characters >= BATCH_CHARACTERS) break;
  }
  return batch;
}

function idOf({ requestId, mcpCallId }: Change): string {
  return requestId ?? mcpCallId ?? '';
}

/** Null if a collector gets nothing of it. Requests are those that `stats` counts, without imported ones. */
function readChange(
  reader: Reader,
  { type, requestId, mcpCallId }: Change,
  hasEnded: boolean,
  withContent: boolean,
): { spans: Span[]; measurements: Measurement[] } | null {
  if (type === 'request.ended' && requestId !== null) {
    const [row] = reader.rows([requestId]);
    if (row?.kind !== 'messages' || row.origin !== 'wire') return null;
    const read = requestSpans(createTracedRequests(reader), row, withContent);
    return read && { spans: read.spans, measurements: measureRequest(row, hasEnded) };
  }
  if (mcpCallId === null) return null;
  if (type === 'mcp_call.delivered') return { spans: [], measurements: measureDelivery(reader.mcpCall(mcpCallId)) };
  // An answer that came too late ends its call again.
  if (type !== 'mcp_call.ended' || hasEnded) return null;
  const call = reader.mcpCall(mcpCallId);
  return { spans: [mcpSpan(call, withContent)], measurements: measureCall(call) };
}
