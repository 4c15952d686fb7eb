import { existsSync } from 'node:fs';
import { ATTRIBUTION_VERSION, type AttributedExchange } from '../attribution/index.js';
import { requestId } from '../model/ids.js';
import { openReader, type Reader } from '../store/index.js';
import { readJsonBody } from './json-body.js';
import { storedMessage } from './stored-message.js';

/** Conversations of a session that can be taken up again. */
const MAX_THREADS = 4;

/**
 * Where the conversations of a session stood when claude-trace last saw them: a session that is resumed goes on with the
 * figures it had. None, when nothing is stored of it.
 *
 * @throws StoreError
 */
export function readSessionHistory(database: string, sessionId: string): AttributedExchange[] {
  if (!existsSync(database)) return [];
  const reader = openReader(database);
  try {
    return reader
      .threadEnds(sessionId, ATTRIBUTION_VERSION, MAX_THREADS)
      .flatMap((id) => attributedExchange(reader, id) ?? []);
  } finally {
    reader.close();
  }
}

function attributedExchange(reader: Reader, id: string): AttributedExchange | null {
  const exchange = reader.exchange(id);
  const { thread, solution, purpose, thread_id, previous_id, continuation, started_by } = reader.request(id);
  if (exchange === null || thread === null || solution === null || purpose === null || thread_id === null) return null;
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
      thread: asRequestId(thread_id),
      previous: previous_id === null ? null : asRequestId(previous_id),
      continuation,
      startedBy: started_by,
    },
  };
}

function asRequestId(id: string) {
  return requestId(id.replace(/^req_/, ''));
}
