import { parseRecord } from '../../base/json.js';
import { isTooDeep } from '../../base/map-strings.js';
import type { Redactor } from '../redact/redactor.js';
import { type Answer, createConversation } from './conversation.js';
import { entryOf } from './entry.js';
import { exchangeOf, type TranscriptExchange } from './exchange.js';
import { createLineSplitter, type Line } from './line-splitter.js';
import { createRecordedRequests } from './recorded-requests.js';

/** An answer in a transcript, with the ids that the API gave it. */
export interface FoundAnswer {
  /** Ids of its message, then of its request where the transcript has it. */
  ids: readonly string[];
  sessionId: string | null;
  /** Folder of the session; null where the transcript does not say. */
  cwd: string | null;
  /** The file ends with it, and it has no stop reason yet: more of it may be written. */
  growing: boolean;
  /** Takes longer the longer the conversation is: call it only for answers that are not stored yet. */
  exchange(): TranscriptExchange;
}

export interface TranscriptReader {
  /** Answers of which no more lines are expected. */
  push(chunk: Buffer): FoundAnswer[];
  /** The remaining answers. Call it once. */
  end(): FoundAnswer[];
}

export interface BadLine {
  /** From 1. */
  number: number;
  why: 'too long' | 'not JSON' | 'nested too deep' | 'no time';
}

/** The longest lines have images and whole files; a hostile one must not fill the memory. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;

/** Number of answers that may begin between the lines of another: subagents of 2.0 and older share one file. */
const OPEN_ANSWERS = 50;

/**
 * Reads one transcript, chunk by chunk. Its memory is bounded for any file. Secrets are replaced before anything
 * else looks at a line.
 *
 * @param file its URL
 */
export function createTranscriptReader(
  file: string,
  redactor: Pick<Redactor, 'bytes'>,
  onBadLine: (line: BadLine) => void,
): TranscriptReader {
  const splitter = createLineSplitter(MAX_LINE_BYTES);
  const conversation = createConversation();
  const recorded = createRecordedRequests();
  const open: Answer[] = [];
  let last: Answer | null = null;

  function read({ number, bytes, unfinished }: Line): FoundAnswer[] {
    if (bytes === null) onBadLine({ number, why: 'too long' });
    if (bytes === null || bytes.length === 0) return [];
    const record = parseRecord((redactor.bytes(bytes, false) ?? bytes).toString());
    if (record === null) {
      if (!unfinished) onBadLine({ number, why: 'not JSON' });
      return [];
    }
    if (isTooDeep(record)) {
      onBadLine({ number, why: 'nested too deep' });
      return [];
    }
    const entry = entryOf(record);
    if (entry === null) {
      recorded.add(record, conversation.answerTo);
      return [];
    }
    const part = conversation.add(entry);
    last = part?.answer ?? null;
    if (part?.isNew) {
      if (part.answer.at === null) onBadLine({ number, why: 'no time' });
      else open.push(part.answer);
    }
    return open.length > OPEN_ANSWERS ? open.splice(0, 1).map((answer) => foundAnswer(answer, false)) : [];
  }

  function foundAnswer(answer: Answer, growing: boolean): FoundAnswer {
    const { messageId, requestId, sessionId, cwd } = answer;
    return {
      ids: requestId === null ? [messageId] : [messageId, requestId],
      sessionId,
      cwd,
      growing,
      exchange() {
        const request = answer.requestRef === null ? null : recorded.find(answer.requestRef);
        return exchangeOf(answer, { ...conversation.asked(answer), ...request }, file);
      },
    };
  }

  return {
    push: (chunk) => splitter.push(chunk).flatMap(read),
    end() {
      const rest = splitter.end();
      const found = rest === null ? [] : read(rest);
      return [...found, ...open.map((answer) => foundAnswer(answer, answer === last && answer.stopReason === null))];
    },
  };
}
