import type { Unread } from '../model/segment.js';

/** Why a segment weighs nothing though it is on the wire. */
export const WHY_UNREAD: Readonly<Record<Unread, string>> = {
  deferred: 'deferred until it is loaded',
  stripped: 'stripped by the API',
  cleared: 'cleared by the API',
};
