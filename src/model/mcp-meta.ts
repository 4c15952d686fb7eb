import { isRecord, type JsonRecord, stringOf } from '../base/json.js';

/** The prefix of names that the protocol defines in `_meta`. */
const PREFIX = 'io.modelcontextprotocol/';
export const CLIENT_INFO = `${PREFIX}clientInfo`;
export const SERVER_INFO = `${PREFIX}serverInfo`;
export const SUBSCRIPTION_ID = `${PREFIX}subscriptionId`;

/** `_meta` of params or of a result; empty without it. */
export function metaOf(holder: unknown): JsonRecord {
  return isRecord(holder) && isRecord(holder._meta) ? holder._meta : {};
}

/** The revision that a request of 2026-07-28 names in its params; null for older ones. */
export function protocolOf(params: unknown): string | null {
  return stringOf(metaOf(params)[`${PREFIX}protocolVersion`]);
}
