import { describe, expect, it } from 'vitest';
import { readStream } from '../../src/demo/played/read-stream.js';
import { createMeter } from '../../src/scripted/bill.js';
import { serializeEvent, streamEvents } from '../../src/scripted/message-stream.js';
import { messageOf } from '../../src/scripted/messages-api.js';

const content = [
  { type: 'thinking', thinking: 'A longer thought, cut into several deltas. 🥐', signature: 'c2ln' },
  { type: 'text', text: 'Bread, 面包, and 🥐🥐🥐 for everyone who waits in line.' },
  { type: 'tool_use', id: 'toolu_1', name: 'Read', input: { file_path: '/a/very/long/path/to/some/file.ts' } },
  { type: 'tool_use', id: 'toolu_2', name: 'Bash', input: {} },
];
const message = messageOf({ model: 'm', messages: [] }, content, createMeter());

async function* cutEvery(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

describe('streamEvents', () => {
  it('opens without content, closes with the stop reason and the full usage', () => {
    const events = [...streamEvents(message)];
    expect(events[0]).toMatchObject({ type: 'message_start', message: { content: [], stop_reason: null } });
    expect(events.at(-2)).toMatchObject({ delta: { stop_reason: 'tool_use' }, usage: message.usage });
    expect(events.at(-1)).toEqual({ type: 'message_stop' });
  });

  it.each([1, 7, 100_000])('reads back the same content when cut every %i bytes', async (size) => {
    const bytes = Buffer.from([...streamEvents(message)].map(serializeEvent).join(''));
    const texts: string[] = [];
    expect(await readStream(cutEvery(bytes, size), (text) => texts.push(text))).toEqual(content);
    expect(texts.join('')).toBe(content[1]?.text);
  });

  it('is an error to the client when it ends early', async () => {
    const bytes = Buffer.from([...streamEvents(message)].slice(0, -1).map(serializeEvent).join(''));
    await expect(readStream(cutEvery(bytes, 50), () => {})).rejects.toThrow('ended before');
  });
});
