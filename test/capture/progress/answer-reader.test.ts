import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnswerReader, createAnswerReader } from '../../../src/capture/progress/answer-reader.js';
import { assembleMessage } from '../../../src/capture/reply/assemble-message.js';
import type { ContentBlock } from '../../../src/model/message.js';
import { type Message, serializeEvent, streamEvents } from '../../../src/scripted/message-stream.js';
import { parseSse } from '../../../src/wire/sse.js';

const USAGE = {
  input_tokens: 12,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 345,
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
  output_tokens: 678,
};

function streamOf(content: ContentBlock[]): Buffer {
  const message: Message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-opus-4-5',
    content,
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: USAGE,
  };
  return Buffer.from([...streamEvents(message)].map(serializeEvent).join(''));
}

function reader(): AnswerReader {
  const made = createAnswerReader([['Content-Type', 'text/event-stream; charset=utf-8']], {
    onGrown() {},
    onFailed(error) {
      throw error;
    },
  });
  if (made === null) throw new Error('unreachable');
  return made;
}

const asItIs = (text: string) => text;
const said = (read: AnswerReader) => read.soFar(asItIs);

const text = fc.string({ unit: 'grapheme', maxLength: 120 });
const block = fc.oneof(
  text.map((text): ContentBlock => ({ type: 'text', text })),
  text.map((thinking): ContentBlock => ({ type: 'thinking', thinking, signature: 'c2ln' })),
  text.map((path): ContentBlock => ({ type: 'tool_use', id: 'toolu_1', name: 'Read', input: { path } })),
);

function textOf({ text, thinking, input }: ContentBlock): string {
  if (typeof text === 'string') return text;
  return typeof thinking === 'string' ? thinking : JSON.stringify(input);
}

describe('createAnswerReader', () => {
  it('reads the whole answer, wherever its bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 8 }), (content, cuts) => {
        const bytes = streamOf(content);
        const read = reader();
        const borders = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
        for (const [index, border] of borders.entries()) read.push(bytes.subarray(border, borders[index + 1]));
        const { message, usage } = assembleMessage(parseSse(bytes));
        const { blocks, characters, usage: told, isCut } = said(read);
        expect(blocks.map(({ text }) => text)).toEqual(message?.content.map(textOf));
        expect(blocks.map(({ type, name }) => [type, name])).toEqual(
          message?.content.map(({ type, name }) => [type, name ?? null]),
        );
        expect(characters).toBe(blocks.reduce((sum, { text }) => sum + text.length, 0));
        expect(told).toEqual(usage);
        expect(isCut).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it('never has less after more bytes, and has the input from the start of the stream', () => {
    const bytes = streamOf([{ type: 'text', text: 'one word after the other. '.repeat(20) }]);
    const read = reader();
    let before = 0;
    for (const byte of bytes) {
      read.push(Buffer.of(byte));
      const { characters, usage } = said(read);
      expect(characters).toBeGreaterThanOrEqual(before);
      if (characters > 0) expect(usage).toMatchObject({ uncached: 12, cacheRead: 345 });
      before = characters;
    }
    expect(before).toBe(520);
  });

  it('keeps the end of a long answer, and counts all of it', () => {
    const long = Array.from({ length: 20_000 }, (_, index) => `word ${index} `).join('');
    const bytes = streamOf([
      { type: 'thinking', thinking: 'gone' },
      { type: 'text', text: long },
    ]);
    const read = reader();
    for (let pos = 0; pos < bytes.length; pos += 1_000) {
      read.push(bytes.subarray(pos, pos + 1_000));
      expect(said(read).blocks.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(32 * 1024);
    }
    const { blocks, characters, isCut } = said(read);
    expect(blocks).toHaveLength(1);
    expect(blocks[0]?.text.length).toBeGreaterThan(10_000);
    expect(long.endsWith(blocks[0]?.text ?? '-')).toBe(true);
    expect(characters).toBe(long.length + 4);
    expect(isCut).toBe(true);
  });

  it('keeps what it has read when the rest is not a stream, or an event without an end', () => {
    const bytes = streamOf([{ type: 'text', text: 'as far as this' }]);
    const read = reader();
    read.push(bytes);
    for (let piece = 0; piece < 5; piece += 1) read.push(Buffer.alloc(1024 * 1024, 'data: x'));
    read.push(Buffer.concat([Buffer.from('\n\n'), bytes]));
    expect(said(read).characters).toBe('as far as this'.length);
  });

  it('does not read documents', () => {
    const headers = [['content-type', 'application/json']] as const;
    expect(createAnswerReader(headers, { onGrown() {}, onFailed() {} })).toBeNull();
  });
});
