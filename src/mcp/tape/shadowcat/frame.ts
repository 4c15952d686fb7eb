import { LAST_DATE_MS } from '../../../base/date-range.js';
import { isRecord, type JsonRecord } from '../../../base/json.js';
import type { TapeDirection } from '../../../model/tape.js';

/** Where the plans of Shadowcat have the message of a frame. */
export const MESSAGE_FIELDS = [['message'], ['content'], ['data'], ['envelope', 'message']] as const;

/** `ClientToServer`, `client_to_server`; null for anything else. */
export function directionOf(given: unknown): TapeDirection | null {
  const letters = typeof given === 'string' ? given.replace(/[^a-z]/gi, '').toLowerCase() : '';
  if (letters === 'clienttoserver') return 'c';
  return letters === 'servertoclient' ? 's' : null;
}

/** Unix ms, or ms since the start: a number, ISO 8601, or what Rust makes of a time. Null for anything else. */
export function timeOf(given: unknown): number | null {
  if (typeof given === 'number') return isTime(given) ? given : null;
  if (typeof given === 'string') {
    const time = Date.parse(given);
    return Number.isFinite(time) ? time : null;
  }
  if (!isRecord(given)) return null;
  const seconds = given.secs_since_epoch ?? given.secs;
  const nanoseconds = given.nanos_since_epoch ?? given.nanos;
  if (typeof seconds !== 'number' || typeof nanoseconds !== 'number') return null;
  const time = seconds * 1_000 + nanoseconds / 1e6;
  return isTime(time) ? time : null;
}

function isTime(value: number): boolean {
  return value >= 0 && value <= LAST_DATE_MS;
}

/**
 * The bytes of a message: as they are in the document if they are on one line. A text is a line that was not JSON.
 * `{"Request": {…}}` is how Rust writes a message whose kind has no field of its own.
 */
export function messageOf(json: Buffer): Buffer {
  const text = json.toString();
  const value: unknown = JSON.parse(text);
  if (typeof value === 'string') return Buffer.from(value);
  const [kind, inner] = isRecord(value) && Object.keys(value).length === 1 ? (Object.entries(value)[0] ?? []) : [];
  if ((kind === 'Request' || kind === 'Response' || kind === 'Notification') && isRecord(inner)) {
    return Buffer.from(JSON.stringify(rpcOf(inner)));
  }
  return /[\n\r]/.test(text) ? Buffer.from(JSON.stringify(value)) : Buffer.from(json);
}

function rpcOf(message: JsonRecord): JsonRecord {
  const given = Object.entries(message).filter(([, value]) => value !== null);
  return { jsonrpc: '2.0', ...Object.fromEntries(given) };
}
