import { ATTRIBUTION_VERSION, type AttributedExchange, NOTHING_MEASURED } from '../attribution/index.js';
import { correlationOf, type RequestId, requestId } from '../model/ids.js';
import type { Measurements } from '../model/measurement.js';
import { DamagedContentError, type Reader } from '../store/index.js';
import { readJsonBody } from './json-body.js';
import { storedMessage } from './message.js';
import { readStored } from './read-stored.js';

/**
 * The measurements of a model; empty without a database.
 *
 * @param busyTimeoutMs how long to wait for other processes
 * @throws StoreError
 */
export function readMeasurements(database: string, model: string, busyTimeoutMs: number): Measurements {
  return readStored(database, busyTimeoutMs, NOTHING_MEASURED, (reader) => reader.measurements(model));
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
  return readStored<AttributedExchange[]>(database, busyTimeoutMs, [], (reader) => {
    const read = (id: RequestId): AttributedExchange | null => {
      try {
        return attributedExchange(reader, id);
      } catch (error) {
        if (!(error instanceof DamagedContentError)) throw error;
        onDamaged(error);
        return null;
      }
    };
    return reader.threadEnds(sessionId, ATTRIBUTION_VERSION, MAX_THREADS).flatMap((id) => read(id) ?? []);
  });
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
  return requestId(correlationOf(id));
}
