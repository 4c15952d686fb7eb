import { onTestFinished } from 'vitest';
import { type Served, TOKEN } from './served.js';

export interface ReadEvent {
  /** Null for transient events. */
  id: number | null;
  type: string;
  data: {
    request_id: string | null;
    feedback_id: string | null;
    mcp_call_id: string | null;
    request: { state: string } | null;
    feedback: unknown;
    mcp_call: unknown;
    alert: unknown;
  };
}

export interface EventReader {
  headers: Headers;
  /** The next `count` events. @throws if the stream ends before */
  next(count: number): Promise<ReadEvent[]>;
  /** Waits for this text on the wire. @returns all that was not read as an event */
  until(text: string): Promise<string>;
  /** When the server has ended it. */
  ended(): Promise<void>;
  leave(): Promise<void>;
}

/** Reads a stream of events as a client would that remembers the last id. */
export async function readEvents({ api }: Pick<Served, 'api'>, lastEventId?: number): Promise<EventReader> {
  const leave = new AbortController();
  onTestFinished(() => leave.abort());
  const response = await fetch(`${api.url}/api/claude/events`, {
    headers: {
      authorization: `Bearer ${TOKEN}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }),
    },
    signal: leave.signal,
  });
  if (response.body === null) throw new Error('no stream');
  const chunks = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let unread = '';

  async function more(): Promise<boolean> {
    const { done, value } = await chunks.read();
    unread += value ?? '';
    return !done;
  }
  return {
    headers: response.headers,
    async next(count) {
      const events: ReadEvent[] = [];
      while (events.length < count) {
        const end = unread.indexOf('\n\n');
        if (end === -1) {
          if (!(await more())) throw new Error(`The stream ended behind ${events.length} of ${count} events.`);
          continue;
        }
        const event = parse(unread.slice(0, end));
        unread = unread.slice(end + 2);
        if (event !== null) events.push(event);
      }
      return events;
    },
    async until(text) {
      while (!unread.includes(text)) if (!(await more())) throw new Error(`The stream ended without "${text}".`);
      return unread;
    },
    leave: () => chunks.cancel(),
    async ended() {
      while (await more());
    },
  };
}

/** Null for comments. */
function parse(block: string): ReadEvent | null {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
  const [id, type, data] = [field('id'), field('event'), field('data')];
  return type === undefined ? null : { id: id === undefined ? null : Number(id), type, data: JSON.parse(data ?? '') };
}
