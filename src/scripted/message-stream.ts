import type { ContentBlock } from '../model/message.js';
import type { UsageFields } from './bill.js';

/** A finished message, as a reply without streaming carries it. */
export interface Message {
  id: string;
  type: 'message';
  role: 'assistant';
  model: string;
  content: ContentBlock[];
  stop_reason: string;
  stop_sequence: null;
  usage: UsageFields;
}

export interface StreamEvent {
  type: string;
  [field: string]: unknown;
}

/** Characters of one delta, few enough that every answer takes several events. */
const DELTA_LENGTH = 24;

/** The events of a streamed message, in the order of https://docs.claude.com/en/api/messages-streaming */
export function* streamEvents(message: Message): Generator<StreamEvent> {
  const { usage, content, stop_reason } = message;
  const opened = { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  yield { type: 'message_start', message: opened };
  yield { type: 'ping' };
  for (const [index, block] of content.entries()) {
    yield { type: 'content_block_start', index, content_block: emptied(block) };
    for (const delta of deltas(block)) yield { type: 'content_block_delta', index, delta };
    yield { type: 'content_block_stop', index };
  }
  yield { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage };
  yield { type: 'message_stop' };
}

export function serializeEvent(event: StreamEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function emptied(block: ContentBlock): ContentBlock {
  if (block.type === 'text') return { ...block, text: '' };
  if (block.type === 'thinking') return { ...block, thinking: '', signature: '' };
  if (block.type === 'tool_use') return { ...block, input: {} };
  return block;
}

function* deltas(block: ContentBlock): Generator<StreamEvent> {
  if (block.type === 'text') {
    for (const text of slices(String(block.text))) yield { type: 'text_delta', text };
  } else if (block.type === 'thinking') {
    for (const thinking of slices(String(block.thinking))) yield { type: 'thinking_delta', thinking };
    yield { type: 'signature_delta', signature: String(block.signature) };
  } else if (block.type === 'tool_use') {
    for (const json of slices(JSON.stringify(block.input))) yield { type: 'input_json_delta', partial_json: json };
  }
}

function* slices(text: string): Generator<string> {
  const characters = [...text];
  for (let start = 0; start < characters.length; start += DELTA_LENGTH) {
    yield characters.slice(start, start + DELTA_LENGTH).join('');
  }
}
