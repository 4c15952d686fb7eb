import { createHash } from 'node:crypto';
import { isRecord, type JsonRecord, parseRecord } from '../base/json.js';
import type { ContentBlock } from '../model/message.js';
import { createMeter, type Meter } from './bill.js';
import { type Message, serializeEvent, streamEvents } from './message-stream.js';
import { errorReply, jsonReply, type Reply } from './reply.js';
import type { ReceivedRequest, Script } from './scripted-api.js';

/** The model's side of a conversation. */
interface Thread {
  /** Text in the first user message of this thread, and of no other. */
  opensWith: string;
  /** The last one is repeated for every later request. */
  turns: ContentBlock[][];
}

export interface Conversation {
  threads: Thread[];
  /** The answer to a side call (session title, topic check, probe), which has no tools. */
  sideCall: string;
  /** Pause before each event of a stream, ms. */
  eventDelayMs?: number;
}

/** Rate limits, which every answer of the API to a message or a count carries. */
const REPLY_HEADERS = {
  'anthropic-ratelimit-requests-limit': '4000',
  'anthropic-ratelimit-requests-remaining': '3999',
  'anthropic-ratelimit-requests-reset': '2030-01-01T00:00:00Z',
  'anthropic-ratelimit-tokens-limit': '400000',
  'anthropic-ratelimit-tokens-remaining': '398000',
  'anthropic-ratelimit-tokens-reset': '2030-01-01T00:00:00Z',
};

/** The answer to a request, or null. */
export type Speaker = (body: JsonRecord) => ContentBlock[] | null;

/**
 * A script that answers as api.anthropic.com does: messages, count_tokens, the liveness check, and 404 for everything else.
 * It has no state: the turn is the number of assistant messages in the request, so a retry gets the same answer, and threads
 * may interleave.
 */
export function messagesApi(conversation: Conversation, meter?: Meter): Script {
  return spokenApi((body) => nextTurn(conversation, body), conversation.eventDelayMs, meter);
}

/** A Messages API with the answers of a speaker. @param eventDelayMs pause before each event of a stream */
export function spokenApi(speaker: Speaker, eventDelayMs = 0, meter: Meter = createMeter()): Script {
  return (request) => {
    const path = request.path.replace(/\?.*$/, '');
    if (!/(^|\.)anthropic\.com(:\d+)?$|^127\.0\.0\.1:/.test(request.host)) return notFound(request);
    if (path === '/api/hello') return jsonReply(200, { message: 'hello' });
    if (request.method !== 'POST' || !path.startsWith('/v1/messages')) return notFound(request);
    const body = parseRecord(request.body.toString());
    if (body === null) return errorReply(400, 'invalid_request_error', 'The body is not a JSON object.');
    if (path === '/v1/messages/count_tokens')
      return jsonReply(200, { input_tokens: meter.countInput(body) }, REPLY_HEADERS);
    if (path !== '/v1/messages') return notFound(request);
    const content = speaker(body);
    if (content === null) return errorReply(400, 'invalid_request_error', 'The script has no turn for this request.');
    return replyWith(messageOf(body, content, meter), body.stream === true, eventDelayMs);
  };
}

/** Sends the message as JSON, or as a stream with a pause before each event. */
function replyWith(message: Message, streaming: boolean, eventDelayMs: number): Reply {
  const headers = {
    ...REPLY_HEADERS,
    'request-id': message.id.replace('msg_', 'req_'),
    'set-cookie': ['__cf_bm=scripted-cookie; path=/; HttpOnly; Secure'],
  };
  if (!streaming) return jsonReply(200, message, headers);
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', ...headers },
    body: paced(message, eventDelayMs),
  };
}

/** The billed message that answers a request with this content. */
export function messageOf(body: JsonRecord, content: ContentBlock[], meter: Meter): Message {
  const id = createHash('sha256').update(JSON.stringify(body)).update(JSON.stringify(content)).digest('hex');
  return {
    id: `msg_${id.slice(0, 24)}`,
    type: 'message',
    role: 'assistant',
    model: typeof body.model === 'string' ? body.model : 'scripted',
    content,
    stop_reason: content.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage: meter.bill(body, meter.countOutput(content)),
  };
}

function nextTurn(conversation: Conversation, body: JsonRecord): ContentBlock[] | null {
  const messages = Array.isArray(body.messages) ? body.messages.filter(isRecord) : [];
  if (!Array.isArray(body.tools) || body.tools.length === 0) return [{ type: 'text', text: conversation.sideCall }];
  const opening = JSON.stringify(messages.find((message) => message.role === 'user') ?? null);
  const thread = conversation.threads.find((candidate) => opening.includes(candidate.opensWith));
  const turn = messages.filter((message) => message.role === 'assistant').length;
  return thread?.turns[turn] ?? thread?.turns.at(-1) ?? null;
}

async function* paced(message: Message, delayMs: number): AsyncGenerator<string> {
  for (const event of streamEvents(message)) {
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    yield serializeEvent(event);
  }
}

function notFound(request: ReceivedRequest): Reply {
  return errorReply(404, 'not_found_error', `Not found: ${request.method} ${request.path}`);
}
