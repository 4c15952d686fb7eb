import type { CapturedRequest, CapturedResponse } from '../../model/exchange.js';
import type { RunId } from '../../model/ids.js';
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
  | { type: 'incident'; incident: Incident };

/** @returns what the user must know although the job was done */
export function applyJob(store: Store, job: WriteJob): StoreError | null {
  if (job.type === 'run_begun') store.beginRun(job.run);
  else if (job.type === 'run_ended') store.endRun(job.id, job.at);
  else if (job.type === 'mark_interrupted') store.markInterrupted();
  else if (job.type === 'request') store.saveRequest(job.request);
  else if (job.type === 'response') return store.saveResponse(job.response, job.attribution);
  else store.saveIncident(job.incident);
  return null;
}

/** The id of the stored record that a job belongs to, by which it is counted, acknowledged or lost; null for jobs without one. */
export function recordOf(job: WriteJob): string | null {
  if (job.type === 'request') return job.request.id;
  return job.type === 'response' ? job.response.requestId : null;
}

/** Rough size in memory of a header list and of an attributed segment: only bodies are measured. */
const PLAIN_DATA_BYTES = 2_000;
const SEGMENT_BYTES = 400;

/** Memory that a waiting job uses, in bytes, roughly. */
export function weightOf(job: WriteJob): number {
  if (job.type === 'request') return PLAIN_DATA_BYTES + job.request.body.bytes.byteLength;
  if (job.type !== 'response') return PLAIN_DATA_BYTES;
  const segments = job.attribution?.segments.length ?? 0;
  return PLAIN_DATA_BYTES + job.response.body.bytes.byteLength + segments * SEGMENT_BYTES;
}
