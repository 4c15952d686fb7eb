import {
  AttributionOverBudgetError,
  addedTo,
  answerPieces,
  EMPTY_CONTEXT,
  type PriceOverrides,
} from '../attribution/index.js';
import { RecentMap } from '../base/recent-map.js';
import type { RequestDetail } from '../model/request.js';
import type { Part } from '../model/segment.js';
import type { Source } from '../model/source.js';
import { DamagedContentError, type Reader } from '../store/index.js';
import { storedMessage } from './message.js';
import { type SegmentWithText, segmentsOf } from './segments.js';

/** A piece of a conversation, with its source. */
export interface ConversationPiece {
  source: Source;
  part: Part;
  /** More about the source: the file that a tool read. */
  detail: string | null;
  role: string;
  /** Billed tokens; null for a piece of an answer, which is billed as a whole. */
  tokens: number | null;
  /** Text, or the JSON of a block. */
  text: string;
}

/** What one request adds to its conversation. */
export interface ConversationStep {
  /** The request before it in its conversation is not known here: everything that it carries is added. */
  isOpening: boolean;
  /** System prompt and definitions of tools, without their texts; empty except in an opening. */
  frame: readonly Omit<ConversationPiece, 'text'>[];
  /** Messages, in their order. */
  added: readonly ConversationPiece[];
  answer: readonly ConversationPiece[];
  /** Why pieces are missing; empty where nothing is missing. */
  problems: readonly string[];
}

/** Conversations that are followed at the same time: a session has its own and those of its agents. */
const MAX_CONVERSATIONS = 50;

/**
 * Returns a function that takes requests in the order of time, and returns what each adds to its conversation. It keeps only
 * the hashes of the last request of each conversation.
 */
export function createConversationSteps(
  reader: Reader,
  prices: PriceOverrides,
): (request: RequestDetail) => ConversationStep {
  const before = new RecentMap<string, readonly string[]>(MAX_CONVERSATIONS);

  return (request) => {
    const problems: string[] = [];
    const unlessUnreadable = <Result>(what: string, read: () => Result): Result | null => {
      try {
        return read();
      } catch (error) {
        if (!(error instanceof DamagedContentError || error instanceof AttributionOverBudgetError)) throw error;
        problems.push(`${what} cannot be read: ${error.message}`);
        return null;
      }
    };
    const segments = unlessUnreadable('The request', () => segmentsOf(reader, request, prices)) ?? [];
    const answer = unlessUnreadable('The answer', () => answerOf(reader, request)) ?? [];
    const messages = segments.filter(isOfMessage);
    const key = request.threadId ?? request.id;
    const known = request.continuation === 'compacted' ? undefined : before.get(key);
    if (segments.length > 0) {
      before.set(
        key,
        messages.map(({ segment }) => segment.hash),
      );
    }
    const isOpening = known === undefined;
    const frame = isOpening ? segments.filter((each) => !isOfMessage(each)) : [];
    const added = isOpening ? messages : newMessages(messages, known);
    return {
      isOpening,
      frame: frame.map(withoutText),
      added: added.map((each) => ({ ...withoutText(each), text: each.text })),
      answer,
      problems,
    };
  };
}

function isOfMessage({ segment }: SegmentWithText): boolean {
  return segment.path.startsWith('/messages/');
}

/** Without what an answer has shown already: the assistant's part, except results of tools that the API runs. */
function newMessages(messages: readonly SegmentWithText[], known: readonly string[]): SegmentWithText[] {
  const segments = messages.map(({ segment }) => segment);
  const added = new Set(addedTo(known, segments));
  return messages.filter(
    ({ segment }) => added.has(segment) && (segment.role !== 'assistant' || segment.part === 'result'),
  );
}

function withoutText({ segment }: SegmentWithText): Omit<ConversationPiece, 'text'> {
  const { source, part, detail, role, tokens } = segment;
  return { source, part, detail, role, tokens };
}

function answerOf(reader: Reader, { id, thread, response }: RequestDetail): ConversationPiece[] {
  const bytes = response && reader.responseBody(id);
  const message = bytes && response && storedMessage(bytes, response.headers, response.body.redacted);
  if (!message) return [];
  return answerPieces(message, thread ?? EMPTY_CONTEXT)
    .filter(({ part }) => part !== 'overhead')
    .map(({ source, part, detail, role, content }) => ({ source, part, detail, role, tokens: null, text: content }));
}
