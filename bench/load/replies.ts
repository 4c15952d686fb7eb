import { EVENTS_PER_STREAM } from '../workloads.js';
import { randomText } from './words.js';

const MODEL = 'claude-sonnet-4-5-20250929';
const JSON_REPLY_BYTES = 1_000;
const DELTA_BYTES = 24;
/** message_start, ping, content_block_start, and content_block_stop, message_delta, message_stop. */
const EVENTS_AROUND_DELTAS = 6;

/** By this an answer is known to belong to its request. */
export const messageId = (number: number) => `msg_bench${number}_`;

export function jsonReply(number: number, requestBytes: number): string {
  return JSON.stringify({
    ...emptyMessage(number),
    content: [{ type: 'text', text: randomText(JSON_REPLY_BYTES - 320) }],
    stop_reason: 'end_turn',
    usage: usageOf(requestBytes, 170),
  });
}

/** The events of https://docs.claude.com/en/api/messages-streaming, each as its bytes on the wire. @param mark begins each text */
export function streamedReply(number: number, requestBytes: number, count = EVENTS_PER_STREAM, mark = ''): string[] {
  const deltas = Array.from({ length: count - EVENTS_AROUND_DELTAS }, () => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text: `${mark}${randomText(DELTA_BYTES)}` },
  }));
  return [
    { type: 'message_start', message: { ...emptyMessage(number), usage: usageOf(requestBytes, 1) } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'ping' },
    ...deltas,
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 300 } },
    { type: 'message_stop' },
  ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

function emptyMessage(number: number) {
  const message = { id: messageId(number), type: 'message', role: 'assistant', model: MODEL, content: [] };
  return { ...message, stop_reason: null, stop_sequence: null };
}

/** Four bytes a token is near enough for a bill that nobody pays. */
function usageOf(requestBytes: number, outputTokens: number) {
  return {
    input_tokens: Math.round(requestBytes / 4),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: outputTokens,
  };
}
