import { randomFillSync } from 'node:crypto';
import { decodeTime, isValid, ulid } from 'ulid';

/**
 * An id is a prefix and a lower-case ULID, whose 26 characters sort by time: `ORDER BY id` is the order of capture. A request,
 * its response and their correlation id share one ULID.
 */
export type RequestId = `req_${string}`;
export type ResponseId = `resp_${string}`;
/** Of the request that opened the turn. */
export type TurnId = `turn_${string}`;
export type RunId = `run_${string}`;

export const ULID_LENGTH = 26;

/** Random bytes are drawn in blocks: a system call for each of a ULID's 16 random characters would cost 74 us. */
const pool = new Uint8Array(1024);
let used = pool.length;

function random(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return (pool[used++] ?? 0) / 256;
}

/** Unix ms of the last id. */
let last = 0;

/**
 * Two ids of a process never have the same time: within a millisecond, and while the clock is behind, the time is increased by
 * one. So they sort in the order of their creation, and differ within the few characters that people see.
 */
export function newUlid(): string {
  last = Math.max(Date.now(), last + 1);
  return ulid(last, random).toLowerCase();
}

export function requestId(correlationId: string): RequestId {
  return `req_${correlationId}`;
}

/** The inverse of `requestId`. */
export function correlationOf(id: string): string {
  return id.slice('req_'.length);
}

export function responseId(correlationId: string): ResponseId {
  return `resp_${correlationId}`;
}

export function turnId(correlationId: string): TurnId {
  return `turn_${correlationId}`;
}

export function newRunId(): RunId {
  return `run_${newUlid()}`;
}

export function isRunId(text: string): text is RunId {
  return text.startsWith('run_') && isValid(text.slice('run_'.length).toUpperCase());
}

/** Unix ms. */
export function runStart(id: RunId): number {
  return decodeTime(id.slice('run_'.length).toUpperCase());
}
