import { isRecord, type JsonRecord, parseJson, stringOf, stringOr } from '../../base/json.js';
import type { AssembledMessage } from '../../model/message.js';
import type { Usage } from '../../model/usage.js';
import type { SseEvent } from '../../wire/index.js';
import { type BlockDraft, draftBlock, finishBlock } from './assemble-block.js';
import { mergeUsage, parseUsage, tellsOutput, withServerTools } from './usage.js';

/** The content of a response of the Messages API. */
export interface Reply {
  /** Null where no message began. */
  message: AssembledMessage | null;
  usage: Usage | null;
  /** The API's own error, `type: message`; null without one. */
  error: string | null;
}

/**
 * Assembles the message of a stream by the API's streaming documentation: blocks start, grow by deltas and stop, by index.
 * Unknown types of blocks and deltas are kept; events that are not JSON are ignored.
 */
export function assembleMessage(events: Iterable<SseEvent>): Reply {
  const blocks = new Map<number, BlockDraft>();
  let start: JsonRecord | null = null;
  let usage: JsonRecord | null = null;
  let isFinal = false;
  let stopReason: string | null = null;
  let contextManagement: unknown = null;
  let complete = false;
  let error: string | null = null;
  const unknownEvents = new Set<string>();

  for (const { data } of events) {
    const event = parseJson(data);
    if (!isRecord(event)) continue;
    const index = typeof event.index === 'number' ? event.index : -1;
    switch (event.type) {
      case 'message_start':
        start = isRecord(event.message) ? event.message : {};
        usage = mergeUsage(null, start.usage);
        isFinal = false;
        stopReason = stringOf(start.stop_reason);
        contextManagement = start.context_management ?? null;
        break;
      case 'content_block_start':
        blocks.set(index, draftBlock(event.content_block));
        break;
      case 'content_block_delta':
        if (isRecord(event.delta)) blocks.get(index)?.add(event.delta);
        break;
      case 'message_delta': {
        const delta = isRecord(event.delta) ? event.delta : {};
        stopReason = stringOf(delta.stop_reason) ?? stopReason;
        contextManagement = event.context_management ?? delta.context_management ?? contextManagement;
        usage = mergeUsage(usage, event.usage);
        isFinal ||= tellsOutput(event.usage);
        break;
      }
      case 'message_stop':
        complete = true;
        break;
      case 'error':
        error = errorOf(event);
        break;
      case 'content_block_stop':
      case 'ping':
        break;
      default:
        noteUnknown(unknownEvents, event.type);
    }
  }

  const content = [...blocks].sort(([a], [b]) => a - b).map(([, block]) => finishBlock(block));
  const message: AssembledMessage | null = start && {
    ...identity(start),
    content,
    stopReason,
    complete,
    contextManagement,
    ...(unknownEvents.size > 0 && { unknownEvents: [...unknownEvents] }),
  };
  return { message, usage: withServerTools(parseUsage(usage, isFinal), content), error };
}

const MAX_UNKNOWN_EVENTS = 10;
const MAX_TYPE_LENGTH = 64;

function noteUnknown(events: Set<string>, type: unknown): void {
  if (events.size < MAX_UNKNOWN_EVENTS) events.add(stringOr(type, 'untyped').slice(0, MAX_TYPE_LENGTH));
}

/** A response that is one JSON document: a message or an error. */
export function replyOfJson(body: unknown): Reply {
  if (!isRecord(body)) return { message: null, usage: null, error: null };
  if (body.type !== 'message' || !Array.isArray(body.content)) {
    return { message: null, usage: parseUsage(body.usage, true), error: errorOf(body) };
  }
  const content = body.content.map((block) => finishBlock(draftBlock(block)));
  const message: AssembledMessage = {
    ...identity(body),
    content,
    stopReason: stringOf(body.stop_reason),
    complete: true,
    contextManagement: body.context_management ?? null,
  };
  return { message, usage: withServerTools(parseUsage(body.usage, true), content), error: null };
}

function identity(message: JsonRecord): Pick<AssembledMessage, 'id' | 'model' | 'role'> {
  return { id: stringOf(message.id), model: stringOf(message.model), role: stringOf(message.role) ?? 'assistant' };
}

/** `{type: 'error', error: {type, message}}`, and the OAuth form `{error, error_description}`. */
function errorOf(body: JsonRecord): string | null {
  if (typeof body.error === 'string') {
    const description = stringOf(body.error_description);
    return description === null ? body.error : `${body.error}: ${description}`;
  }
  if (!isRecord(body.error)) return foreignError(body);
  const type = stringOf(body.error.type) ?? 'error';
  const message = stringOf(body.error.message);
  return message === null ? type : `${type}: ${message}`;
}

/** The forms of gateways and clouds: `{message}`, `{detail}`. */
function foreignError({ message, detail }: JsonRecord): string | null {
  return stringOf(message) ?? stringOf(detail);
}
