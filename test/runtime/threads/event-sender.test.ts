import { once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EVENT_BYTES, EventSender } from '../../../src/runtime/threads/event-sender.js';
import type { ToRecorderPort } from '../../../src/runtime/threads/messages.js';
import type { WireEvent } from '../../../src/wire/wire-event.js';

const open: MessagePort[] = [];
afterEach(() => {
  for (const port of open.splice(0)) port.close();
});

function channel(): { near: MessagePort; far: MessagePort } {
  const { port1, port2 } = new MessageChannel();
  open.push(port1, port2);
  return { near: port1, far: port2 };
}

/** The next message that comes out of the far end. */
async function next(far: MessagePort): Promise<ToRecorderPort> {
  const [message] = await once(far, 'message');
  return message as ToRecorderPort;
}

async function nextEvents(far: MessagePort): Promise<WireEvent[]> {
  const message = await next(far);
  if (message.type !== 'events') throw new Error(`got ${message.type}`);
  return message.events;
}

const head = (exchange: string): WireEvent => ({
  type: 'request_head',
  exchange,
  host: 'api.anthropic.com',
  port: 443,
  scheme: 'https',
  method: 'POST',
  target: '/v1/messages',
  httpVersion: '1.1',
  headers: [],
  at: 1,
});
const body = (exchange: string, bytes: Uint8Array): WireEvent => ({ type: 'request_body', exchange, bytes, at: 2 });
const requestEnd = (exchange: string, size: number): WireEvent => ({
  type: 'request_end',
  exchange,
  size,
  truncated: false,
  at: 3,
});
const settled = (exchange: string): WireEvent => ({
  type: 'settled',
  exchange,
  outcome: 'complete',
  error: null,
  degraded: null,
  forwarded: 1,
  delivered: 4,
  at: 4,
});

const lines = (exchange: string, each: Uint8Array[]): WireEvent => ({
  type: 'mcp_lines',
  exchange,
  connection: 'c',
  at: 1,
  lines: each.map((bytes) => ({ sender: 'server', bytes, size: bytes.length, truncated: false, at: 1 })),
});
const closed = (exchange: string): WireEvent => ({
  type: 'mcp_closed',
  exchange,
  connection: 'c',
  exit: 'exit code 0',
  lost: 3,
  at: 2,
});

describe('EventSender', () => {
  it('sends all events of a few milliseconds in one message, in order', async () => {
    const { near, far } = channel();
    const sender = new EventSender(() => {});
    sender.attach(near);
    const events = [head('a'), body('a', Buffer.from('{}')), requestEnd('a', 2), settled('a')];
    for (const event of events) sender.send(event);
    const message = await next(far);
    expect(message).toMatchObject({ type: 'events' });
    expect(message.type === 'events' && message.events.map(({ type }) => type)).toEqual(events.map(({ type }) => type));
  });

  it('keeps events until there is a recorder', async () => {
    const { near, far } = channel();
    const sender = new EventSender(() => {});
    sender.send(head('a'));
    await new Promise((resolve) => setImmediate(resolve));
    sender.attach(near);
    expect(await nextEvents(far)).toEqual([head('a')]);
  });

  it('copies bodies, since the chunk belongs to the pipe, and sends only their own bytes', async () => {
    const { near, far } = channel();
    const sender = new EventSender(() => {});
    sender.attach(near);
    const pool = Buffer.from('before hello after');
    sender.send(body('a', pool.subarray(7, 12)));
    pool.fill(0);
    const [event] = await nextEvents(far);
    if (event?.type !== 'request_body') throw new Error('unreachable');
    expect(Buffer.from(event.bytes).toString()).toBe('hello');
    expect(event.bytes.buffer.byteLength).toBe(5);
    expect(pool.byteLength).toBe(18);
  });

  it('a recorder that is too slow: further bodies are dropped, marked and counted, but heads and ends are sent', async () => {
    const { near, far } = channel();
    const told: number[] = [];
    const sender = new EventSender((exchanges) => told.push(exchanges), 10 + 2 * EVENT_BYTES);
    sender.attach(near);
    sender.send(head('a'));
    sender.send(body('a', Buffer.alloc(8)));
    sender.send(body('a', Buffer.alloc(8)));
    // Fits again, but the body has a hole already.
    sender.send(body('a', Buffer.alloc(1)));
    sender.send(requestEnd('a', 17));
    sender.send(settled('a'));
    sender.send(body('b', Buffer.alloc(2)));
    sender.send(requestEnd('b', 2));
    sender.send(body('c', Buffer.alloc(1)));
    const events = await nextEvents(far);
    expect(events.map(({ type, exchange }) => `${exchange} ${type}`)).toEqual([
      'a request_head',
      'a request_body',
      'a request_end',
      'a settled',
      'b request_body',
      'b request_end',
    ]);
    expect(events.filter((event) => event.type === 'request_end')).toMatchObject([
      { exchange: 'a', size: 17, truncated: true },
      { exchange: 'b', size: 2, truncated: false },
    ]);
    expect(told).toEqual([1, 2]);
  });

  it('counts the memory of events: an answer that comes byte by byte cannot fill it', async () => {
    const { near, far } = channel();
    const sender = new EventSender(() => {}, 100 * EVENT_BYTES);
    sender.attach(near);
    for (let index = 0; index < 1_000; index += 1) sender.send(body('a', Buffer.alloc(1)));
    expect(await nextEvents(far)).toHaveLength(50);
  });

  it('keeps half of the backlog for others when one stream does not end, and says that its end is missing', async () => {
    const { near, far } = channel();
    const sender = new EventSender(() => {}, 100 * EVENT_BYTES);
    sender.attach(near);
    for (let index = 0; index < 1_000; index += 1) sender.send(body('stream', Buffer.alloc(1)));
    sender.send(body('other', Buffer.alloc(10 * EVENT_BYTES)));
    for (const exchange of ['stream', 'other']) {
      const event = settled(exchange);
      sender.send(event.type === 'settled' ? { ...event, outcome: 'aborted' } : event);
    }
    const events = await nextEvents(far);
    expect(events.filter(({ exchange }) => exchange === 'stream').length).toBeLessThan(60);
    expect(events.filter(({ exchange }) => exchange === 'other')).toMatchObject([
      { type: 'request_body' },
      { type: 'settled', degraded: null },
    ]);
    expect(events.find(({ exchange, type }) => exchange === 'stream' && type === 'settled')).toMatchObject({
      degraded: expect.stringContaining('dropped'),
    });
  });

  it('accepts bodies again once the recorder has caught up', async () => {
    const { near, far } = channel();
    const sender = new EventSender(() => {}, 10 + EVENT_BYTES);
    sender.attach(near);
    sender.send(body('a', Buffer.alloc(10)));
    await nextEvents(far);
    sender.send(body('b', Buffer.alloc(1)));
    sender.send(settled('b'));
    expect((await nextEvents(far)).map(({ type }) => type)).toEqual(['settled']);

    const acknowledged = once(near, 'message');
    far.postMessage({ type: 'ack', exchanges: ['a'] });
    await acknowledged;
    sender.send(body('c', Buffer.alloc(10)));
    expect((await nextEvents(far)).map(({ exchange }) => exchange)).toEqual(['c']);
  });

  it('sends a new recorder everything that the previous one had not stored, in order and with bodies', async () => {
    const first = channel();
    const second = channel();
    const sender = new EventSender(() => {}, 20 + 2 * EVENT_BYTES);
    sender.attach(first.near);
    for (const event of [head('a'), head('b'), body('a', Buffer.from('from a')), settled('a')]) sender.send(event);
    sender.send(body('b', Buffer.from('from b')));
    await nextEvents(first.far);
    const acknowledged = once(first.near, 'message');
    first.far.postMessage({ type: 'ack', exchanges: ['a'] });
    await acknowledged;
    first.far.close();
    sender.send(requestEnd('b', 6));
    sender.attach(second.near);
    const events = await nextEvents(second.far);
    expect(events.map(({ exchange, type }) => `${exchange} ${type}`)).toEqual([
      'b request_head',
      'b request_body',
      'b request_end',
    ]);
    expect(events[1]?.type === 'request_body' && Buffer.from(events[1].bytes).toString()).toBe('from b');
    expect(sender.unstored).toBe(1);
  });

  it('sends the end to a new recorder, too', async () => {
    const first = channel();
    const second = channel();
    const sender = new EventSender(() => {});
    sender.attach(first.near);
    sender.send(head('a'));
    sender.end();
    sender.attach(second.near);
    const types: string[] = [];
    second.far.on('message', ({ type }: ToRecorderPort) => types.push(type));
    await vi.waitFor(() => expect(types).toEqual(['events', 'end']));
  });

  it('keeps nothing when there is no recorder', async () => {
    const sender = new EventSender(() => {});
    sender.send(head('a'));
    sender.attach(null);
    sender.send(head('b'));
    expect(sender.unstored).toBe(0);
  });

  it('sends the end after the last events', async () => {
    const { near, far } = channel();
    const sender = new EventSender(() => {});
    sender.attach(near);
    sender.send(head('a'));
    const messages: ToRecorderPort[] = [];
    const ended = new Promise<void>((resolve) => {
      far.on('message', (message: ToRecorderPort) => {
        messages.push(message);
        if (message.type === 'end') resolve();
      });
    });
    sender.end();
    await ended;
    expect(messages.map(({ type }) => type)).toEqual(['events', 'end']);
  });

  it('sends lines of MCP servers in memory of its own', async () => {
    const { near, far } = channel();
    const sender = new EventSender(() => {});
    sender.attach(near);
    const pool = Buffer.from('before{"id":1}after');
    sender.send(lines('r', [pool.subarray(6, 14), Buffer.from('{}')]));
    pool.fill(0);
    const [event] = await nextEvents(far);
    if (event?.type !== 'mcp_lines') throw new Error('unreachable');
    expect(event.lines.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['{"id":1}', '{}']);
    expect(event.lines[0]?.bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('drops lines beyond the backlog whole, counts them for their connection, and has room again', async () => {
    const { near, far } = channel();
    const sender = new EventSender(() => {}, 2_000);
    sender.attach(near);
    sender.send(lines('r1', [Buffer.alloc(1_000)]));
    sender.send(lines('r2', [Buffer.alloc(1_000), Buffer.alloc(1)]));
    sender.send(closed('r3'));
    expect(await nextEvents(far)).toMatchObject([{ exchange: 'r1' }, { exchange: 'r3', lost: 5 }]);
    expect(sender.unstored).toBe(2);
    far.postMessage({ type: 'ack', exchanges: ['r1', 'r3'] });
    await vi.waitFor(() => expect(sender.unstored).toBe(0));
    sender.send(lines('r4', [Buffer.alloc(1_000)]));
    sender.send(closed('r5'));
    expect(await nextEvents(far)).toMatchObject([{ exchange: 'r4' }, { exchange: 'r5', lost: 3 }]);
  });
});
