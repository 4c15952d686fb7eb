import { isRecord, type JsonRecord, recordsOf, stringOf } from '../../base/json.js';
import { RecentMap } from '../../base/recent-map.js';
import { timeOf } from './entry.js';

/**
 * Requests as 2.1.332 records them beside its conversations, each as the difference from an earlier one: `api-request-shape`
 * (system prompt and tools), `api-request-blob` (a message) and `api-request`. The assistant's messages are those of the
 * transcript.
 */
export interface RecordedRequests {
  /** @param answerTo the blocks of the answer to a request, by its id; null where it is not known */
  add(line: JsonRecord, answerTo: AnswerTo): void;
  /** By the id in the answer. Null where a part of it is missing. */
  find(id: string): RecordedRequest | null;
}

export interface RecordedRequest {
  /** The body, whole. */
  body: JsonRecord;
  /** Unix ms; null where the line has no time. */
  at: number | null;
}

interface Request {
  messages: readonly JsonRecord[];
  system: unknown;
  tools: unknown;
  params: JsonRecord;
  marks: readonly JsonRecord[];
  at: number | null;
}

type AnswerTo = (id: string) => readonly JsonRecord[] | null;

/** Requests and shapes that are kept: each agent of a file continues its own. */
const MAX_REQUESTS = 200;
const MAX_SHAPES = 20;
/** Characters of messages. Above this everything is forgotten: later requests are incomplete until one is recorded whole. */
const MAX_TEXT = 32 * 1024 * 1024;

export function createRecordedRequests(): RecordedRequests {
  const shapes = new RecentMap<string, JsonRecord>(MAX_SHAPES);
  const blobs = new Map<string, JsonRecord>();
  const requests = new RecentMap<string, Request>(MAX_REQUESTS);
  let text = 0;

  function addBlob(hash: string, message: JsonRecord): void {
    text += JSON.stringify(message).length;
    if (text > MAX_TEXT) {
      for (const map of [shapes, blobs, requests]) map.clear();
      text = 0;
    }
    blobs.set(hash, message);
  }

  function messagesOf(line: JsonRecord, answerTo: AnswerTo): JsonRecord[] | null {
    const base = stringOf(line.base);
    const earlier = base === null ? [] : requests.get(base)?.messages;
    const keep = typeof line.keep === 'number' ? line.keep : 0;
    if (earlier === undefined || keep > earlier.length || !Array.isArray(line.tail)) return null;
    // The one message that is not written again is the answer to the earlier request.
    const answer = base === null ? null : answerTo(base);
    let unwritten: JsonRecord[] = answer === null ? [] : [{ role: 'assistant', content: answer }];
    const messages = earlier.slice(0, keep);
    for (const hash of line.tail) {
      const message = blobs.get(String(hash)) ?? unwritten[0];
      if (message === undefined) return null;
      if (message === unwritten[0]) unwritten = [];
      messages.push(message);
    }
    return messages;
  }

  function addRequest(id: string, line: JsonRecord, answerTo: AnswerTo): void {
    const shape = shapes.get(String(line.shapeHash));
    const messages = messagesOf(line, answerTo);
    if (shape === undefined || messages === null) return;
    const params = isRecord(line.params) ? line.params : {};
    const { system, tools } = shape;
    const marks = recordsOf(line.cacheControl);
    requests.set(id, { messages, system, tools, params, marks, at: timeOf(line.timestamp) });
  }

  return {
    add(line, answerTo) {
      const { type, hash, shapeHash, id } = line;
      if (type === 'api-request-blob' && typeof hash === 'string' && isRecord(line.message))
        addBlob(hash, line.message);
      if (type === 'api-request-shape' && typeof shapeHash === 'string' && isRecord(line.shape)) {
        shapes.set(shapeHash, line.shape);
      }
      if (type === 'api-request' && typeof id === 'string') addRequest(id, line, answerTo);
    },
    find(id) {
      const request = requests.get(id);
      if (request === undefined) return null;
      const { messages, system, tools, params, marks, at } = request;
      // On the wire the betas are a header.
      const { model, betas: _betas, ...others } = params;
      return { body: withMarks({ model, messages, system, tools, ...others }, marks), at };
    },
  };
}

/** Puts back the cache marks, which are recorded with their paths. */
function withMarks(body: JsonRecord, marks: readonly JsonRecord[]): JsonRecord {
  return marks.reduce<JsonRecord>((marked, { path, value }) => {
    const changed = Array.isArray(path) ? markedAt(marked, path, value) : marked;
    return isRecord(changed) ? changed : marked;
  }, body);
}

/** A copy in which the value at the path has a mark; unchanged where there is no value at the path. */
function markedAt(value: unknown, [key, ...rest]: readonly unknown[], mark: unknown): unknown {
  if (key === undefined) return isRecord(value) ? { ...value, cache_control: mark } : value;
  if (Array.isArray(value) && typeof key === 'number' && key in value) {
    return value.map((item, index) => (index === key ? markedAt(item, rest, mark) : item));
  }
  if (isRecord(value) && typeof key === 'string' && Object.hasOwn(value, key)) {
    return { ...value, [key]: markedAt(value[key], rest, mark) };
  }
  return value;
}
