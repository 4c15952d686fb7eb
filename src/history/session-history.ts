import { existsSync } from 'node:fs';
import { ATTRIBUTION_VERSION, type AttributedExchange, NOTHING_MEASURED } from '../attribution/index.js';
import { type RequestId, requestId } from '../model/ids.js';
import type { Measurements } from '../model/measurement.js';
import { DamagedContentError, openReader, type Reader } from '../store/index.js';
import { readJsonBody } from './json-body.js';
import { storedMessage } from './message.js';

/**
 * The measurements of a model; empty without a database.
 *
 * @param busyTimeoutMs how long to wait for other processes
 * @throws StoreError
 */
export function readMeasurements(database: string, model: string, busyTimeoutMs: number): Measurements {
  if (!existsSync(database)) return NOTHING_MEASURED;
  const reader = openReader(database, busyTimeoutMs);
  try {
    return reader.measurements(model);
  } finally {
    reader.close();
  }
}

/** Maximum number of resumed conversations of a session. */
const MAX_THREADS = 4;

/**
 * The last exchange of each conversation of a session, so that a resumed session goes on with the figures it had. Empty when
 * nothing of the session is stored.
 *
 * @param busyTimeoutMs how long to wait for other processes
 * @param onDamaged called for each that cannot be read and is left out
 * @throws StoreError when the database cannot be read at all
 */
export function readSessionHistory(
  database: string,
  sessionId: string,
  busyTimeoutMs: number,
  onDamaged: (error: unknown) => void,
): AttributedExchange[] {
  if (!existsSync(database)) return [];
  const reader = openReader(database, busyTimeoutMs);
  const read = (id: RequestId): AttributedExchange | null => {
    try {
      return attributedExchange(reader, id);
    } catch (error) {
      if (!(error instanceof DamagedContentError)) throw error;
      onDamaged(error);
      return null;
    }
  };
  try {
    return reader.threadEnds(sessionId, ATTRIBUTION_VERSION, MAX_THREADS).flatMap((id) => read(id) ?? []);
  } finally {
    reader.close();
  }
}

/** @throws DamagedContentError */
function attributedExchange(reader: Reader, id: string): AttributedExchange | null {
  const exchange = reader.exchange(id);
  if (exchange === null) return null; // removed by retention in the meantime
  const { damaged, thread, solution, purpose, threadId, previousId, continuation, startedBy } = reader.request(id);
  if (damaged.length > 0) throw new DamagedContentError(damaged.join(' and '));
  if (thread === null || solution === null || purpose === null || threadId === null) return null;
  const { response, timestamps, headers, body, ...plain } = exchange;
  return {
    ...plain,
    headers,
    at: timestamps.initiated,
    ...readJsonBody(body.bytes, headers, body.redacted),
    usage: response.usage,
    message: storedMessage(response.body.bytes, response.headers, response.body.redacted),
    context: thread,
    solution,
    place: {
      purpose,
      threadId: asRequestId(threadId),
      previousId: previousId === null ? null : asRequestId(previousId),
      continuation,
      startedBy,
    },
  };
}

function asRequestId(id: string): RequestId {
  return requestId(id.replace(/^req_/, ''));
}
