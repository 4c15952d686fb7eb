import { isRecord, type JsonRecord, parseRecord } from '../../base/json.js';
import type { ContentBlock } from '../../model/message.js';

/**
 * Assembles the content of a streamed message, and calls `onText` with each piece of text as it comes.
 * @throws Error when the stream ends before `message_stop`.
 */
export async function readStream(
  stream: AsyncIterable<Buffer>,
  onText: (text: string) => void,
): Promise<ContentBlock[]> {
  const blocks: ContentBlock[] = [];
  const inputs = new Map<ContentBlock, string>();
  let complete = false;
  // Reads to the end: leaving a stream early would close its connection, which the next request needs.
  for await (const event of events(stream)) {
    if (event.type === 'message_stop') complete = true;
    if (event.type === 'content_block_start' && isRecord(event.content_block)) {
      blocks.push({ ...event.content_block, type: String(event.content_block.type) });
    }
    const block = blocks.at(-1);
    if (block === undefined) continue;
    if (event.type === 'content_block_delta' && isRecord(event.delta)) {
      const { delta } = event;
      if (delta.type === 'text_delta') onText(String(delta.text));
      if (delta.type === 'input_json_delta') inputs.set(block, (inputs.get(block) ?? '') + delta.partial_json);
      for (const field of ['text', 'thinking', 'signature']) {
        if (typeof delta[field] === 'string') block[field] = String(block[field] ?? '') + delta[field];
      }
    }
    if (event.type === 'content_block_stop') {
      const input = inputs.get(block);
      if (input !== undefined) block.input = parseRecord(input);
    }
  }
  if (!complete) throw new Error('The stream ended before the message did.');
  return blocks;
}

/** The data of each server-sent event, however the chunks were cut. */
async function* events(stream: AsyncIterable<Buffer>): AsyncGenerator<JsonRecord> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const data = parseRecord(part.replace(/^event:.*\ndata: /, ''));
      if (data !== null) yield data;
    }
  }
}
