import { monotonicFactory } from 'ulid';

/**
 * Ids are a prefix and a lower-case ULID: 26 characters that sort by the time they were made, so that `ORDER BY id` is
 * the order of capture. A request, its response and their correlation id share one ULID.
 */
export type RequestId = `req_${string}`;
export type ResponseId = `resp_${string}`;
export type RunId = `run_${string}`;

const ulid = monotonicFactory();

export function newUlid(): string {
  return ulid().toLowerCase();
}

export function requestId(correlationId: string): RequestId {
  return `req_${correlationId}`;
}

export function responseId(correlationId: string): ResponseId {
  return `resp_${correlationId}`;
}

export function newRunId(): RunId {
  return `run_${newUlid()}`;
}
