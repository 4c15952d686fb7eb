import type { CapturedRequest, CapturedResponse } from '../../model/exchange.js';
import type { RunId } from '../../model/ids.js';
import type { McpWrite } from '../../model/mcp-write.js';
import type { SeenNovelties } from '../../model/novelty.js';
import type { ThreadAttribution } from '../../model/thread.js';
import type { StoreError } from '../errors.js';
import type { Incident, Run } from './runs.js';
import type { Store } from './store.js';

/** A write, as plain data. The order is that of the events: a run before its requests, a request before its response. */
export type WriteJob =
  | { type: 'run_begun'; run: Run }
  | { type: 'run_ended'; id: RunId; at: number }
  /** Mark the requests that dead processes left open. */
  | { type: 'mark_interrupted' }
  | { type: 'request'; request: CapturedRequest }
  | { type: 'response'; response: CapturedResponse; attribution: ThreadAttribution | null }
  /** @property record the id that the commit acknowledges; null for messages of HTTP exchanges, which have a job of their own */
  | { type: 'mcp'; record: string | null; writes: readonly McpWrite[] }
  | { type: 'incident'; incident: Incident }
  | { type: 'novelties'; seen: SeenNovelties };

/** @returns what the user must know although the job was done */
export function applyJob(store: Store, job: WriteJob): StoreError | null {
  if (job.type === 'run_begun') store.beginRun(job.run);
  else if (job.type === 'run_ended') store.endRun(job.id, job.at);
  else if (job.type === 'mark_interrupted') store.markInterrupted();
  else if (job.type === 'request') store.saveRequest(job.request);
  else if (job.type === 'response') return store.saveResponse(job.response, job.attribution);
  else if (job.type === 'mcp') store.saveMcp(job.writes);
  else if (job.type === 'incident') store.saveIncident(job.incident);
  else store.saveNovelties(job.seen);
  return null;
}

/** Whether a job is counted as written or lost. The others are small and are never dropped. */
export function isRecord(job: WriteJob): boolean {
  return job.type === 'request' || job.type === 'response' || job.type === 'mcp';
}

/** The ULID of the exchange or MCP record that a job belongs to, by which it is acknowledged or lost; null for jobs without one. */
export function recordOf(job: WriteJob): string | null {
  if (job.type === 'mcp') return job.record;
  return exchangeOf(job);
}

/** The correlation id of the exchange that a job belongs to; null for other jobs. */
export function exchangeOf(job: WriteJob): string | null {
  if (job.type === 'request') return job.request.correlationId;
  return job.type === 'response' ? job.response.correlationId : null;
}

/** Rough size in memory of a header list, of an attributed segment and of a row of MCP: only bodies are measured. */
const PLAIN_DATA_BYTES = 2_000;
const SEGMENT_BYTES = 400;
const MCP_ROW_BYTES = 400;

/** Memory that a waiting job uses, in bytes, roughly. */
export function weightOf(job: WriteJob): number {
  if (job.type === 'request') return PLAIN_DATA_BYTES + job.request.body.bytes.byteLength;
  if (job.type === 'mcp')
    return job.writes.reduce((sum, write) => sum + MCP_ROW_BYTES + bytesOf(write), PLAIN_DATA_BYTES);
  if (job.type !== 'response') return PLAIN_DATA_BYTES;
  const segments = job.attribution?.segments.length ?? 0;
  return PLAIN_DATA_BYTES + job.response.body.bytes.byteLength + segments * SEGMENT_BYTES;
}

function bytesOf(write: McpWrite): number {
  return write.type === 'message' ? write.message.bytes.byteLength : 0;
}
