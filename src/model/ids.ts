import { createHash, randomFillSync } from 'node:crypto';
import { decodeTime, isValid, ulid } from 'ulid';

/**
 * An id is a prefix and a lower-case ULID, whose 26 characters sort by time: `ORDER BY id` is the order of capture. A request,
 * its response and their correlation id share one ULID.
 */
export type RequestId = `req_${string}`;
export type ResponseId = `resp_${string}`;
/** Has the ULID of the request that opened the turn. */
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

/** Characters of a ULID's time; the others are random. */
const TIME_LENGTH = 10;
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** The ULID `n` after another one in order, with the same time: for parts of a record that must get the same ids each time. */
export function ulidAfter(id: string, n: number): string {
  let sum = n;
  let end = '';
  for (let pos = ULID_LENGTH - 1; pos >= TIME_LENGTH && sum > 0; pos--) {
    sum += ALPHABET.indexOf(id[pos] ?? '');
    end = (ALPHABET[sum % 32] ?? '') + end;
    sum = Math.floor(sum / 32);
  }
  return id.slice(0, ULID_LENGTH - end.length) + end;
}

/** A ULID with the time of a run, and the same for the same text in the same run. */
export function ulidOf(run: RunId, text: string): string {
  const digest = createHash('sha256').update(`${run} ${text}`).digest();
  const random = Array.from(digest.subarray(0, ULID_LENGTH - TIME_LENGTH), (byte) => ALPHABET[byte % 32]);
  return run.slice('run_'.length).slice(0, TIME_LENGTH) + random.join('');
}
