import { isRecord, type JsonRecord, recordsOf, stringOf } from '../../base/json.js';
import { UNSAFE_CHARACTERS } from '../../base/unsafe-characters.js';
import { MAX_ID_LENGTH } from '../limits.js';

/**
 * A line of a transcript, as far as it belongs to a conversation. Claude Code writes a line for each content block of an answer,
 * each with the whole bill (2.0.30 - 2.1.332).
 */
export interface Entry {
  uuid: string;
  /** The entry before it; null at the beginning, and behind a compaction. */
  parent: string | null;
  sessionId: string | null;
  /** Id of a subagent; 2.0.30 writes it, though it does not send it. */
  agentId: string | null;
  promptId: string | null;
  /** Unix ms; null where the line has no time. */
  at: number | null;
  cwd: string | null;
  /** Null for entries that the model does not read. */
  role: 'user' | 'assistant' | null;
  blocks: readonly JsonRecord[];
  /** Null unless it is a part of an answer of the API. */
  answer: AnswerPart | null;
}

/** What a line says about the whole answer. */
export interface AnswerPart {
  messageId: string;
  /** Request id that the API gave. */
  requestId: string | null;
  model: string | null;
  /** Null while the answer grows; its bill then has only the first output tokens. */
  stopReason: string | null;
  usage: JsonRecord;
  /** Reference to a recorded request (recorded-requests.ts); null in versions that record none. */
  requestRef: string | null;
}

/** Answers that Claude Code wrote itself, such as the text of an error. */
const SYNTHETIC = '<synthetic>';

/** Null for a line of another kind, such as a title. */
export function entryOf(record: JsonRecord): Entry | null {
  const uuid = idOf(record.uuid);
  if (uuid === null) return null;
  const message = isRecord(record.message) ? record.message : {};
  return {
    uuid,
    parent: idOf(record.parentUuid),
    sessionId: idOf(record.sessionId),
    agentId: idOf(record.agentId),
    promptId: idOf(record.promptId),
    at: timeOf(record.timestamp),
    cwd: stringOf(record.cwd),
    ...contentOf(record, message),
  };
}

/** The largest time that an id can hold (model/ids.ts), unix ms. */
const MAX_TIME = 2 ** 48 - 1;

/** Unix ms; null where the value is not a time, or a time before 1970. */
export function timeOf(value: unknown): number | null {
  const at = Date.parse(stringOf(value) ?? '');
  return at >= 0 && at <= MAX_TIME ? at : null;
}

function contentOf(record: JsonRecord, message: JsonRecord): Pick<Entry, 'role' | 'blocks' | 'answer'> {
  if (record.type === 'assistant') {
    const answer = answerOf(record, message);
    return answer === null ? UNREAD : { role: 'assistant', blocks: blocksOf(message.content), answer };
  }
  if (record.type === 'user') {
    // A summary is hidden too, but sent.
    const hidden = record.isVisibleInTranscriptOnly === true && record.isCompactSummary !== true;
    return hidden ? UNREAD : { role: 'user', blocks: blocksOf(message.content), answer: null };
  }
  // 2.1.332 keeps the reminders as they were sent.
  const rendered = recordsOf(record.rendered).flatMap(({ content }) => blocksOf(content));
  return rendered.length === 0 ? UNREAD : { role: 'user', blocks: rendered, answer: null };
}

const UNREAD = { role: null, blocks: [], answer: null } as const;

function answerOf(record: JsonRecord, message: JsonRecord): AnswerPart | null {
  const messageId = idOf(message.id);
  const model = stringOf(message.model)?.slice(0, MAX_ID_LENGTH) ?? null;
  if (messageId === null || model === SYNTHETIC || record.isApiErrorMessage === true) return null;
  return {
    messageId,
    requestId: idOf(record.requestId),
    model,
    stopReason: stringOf(message.stop_reason),
    usage: isRecord(message.usage) ? message.usage : {},
    requestRef: idOf(record.requestRef),
  };
}

function blocksOf(content: unknown): readonly JsonRecord[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : recordsOf(content);
}

/** Null where the value cannot be an id. */
function idOf(value: unknown): string | null {
  if (typeof value !== 'string' || value === '' || value.length > MAX_ID_LENGTH) return null;
  // Ids of captures cannot have these: headers do not allow them.
  return UNSAFE_CHARACTERS.test(value) ? null : value;
}
