import { describe, expect, it } from 'vitest';
import { parseRecord } from '../../src/base/json.js';
import { messagesApi } from '../../src/scripted/messages-api.js';
import type { ReceivedRequest } from '../../src/scripted/scripted-api.js';

const text = (words: string) => ({ type: 'text', text: words });
const user = (words: string) => ({ role: 'user', content: words });
const assistant = { role: 'assistant', content: 'earlier' };

const script = messagesApi({
  sideCall: 'aside',
  threads: [
    { opensWith: 'bread', turns: [[text('first')], [text('second')]] },
    { opensWith: 'cake', turns: [[text('sweet')]] },
  ],
});

/** The status, and the text of the message if there is one. */
async function ask(body: object, request: Partial<ReceivedRequest> = {}): Promise<[status: number, words: unknown]> {
  const reply = await script({
    method: 'POST',
    path: '/v1/messages?beta=true',
    host: 'api.anthropic.com',
    headers: [],
    body: Buffer.from(JSON.stringify(body)),
    sha256: '',
    connection: 0,
    encrypted: true,
    at: 0,
    answered: null,
    ...request,
  });
  const content = parseRecord(String(reply.body))?.content;
  return [reply.status, Array.isArray(content) ? content[0]?.text : null];
}

const tools = [{ name: 'Read' }];

describe('messagesApi', () => {
  it('finds the thread by its opening words and the turn by the number of assistant messages', async () => {
    expect(await ask({ tools, messages: [user('bread')] })).toEqual([200, 'first']);
    expect(await ask({ tools, messages: [user('bread'), assistant, user('cake')] })).toEqual([200, 'second']);
    expect(await ask({ tools, messages: [user('cake')] })).toEqual([200, 'sweet']);
  });

  it('gives a retry the same answer', async () => {
    const body = { tools, messages: [user('bread')] };
    expect(await ask(body)).toEqual(await ask(body));
  });

  it('repeats the last turn', async () => {
    expect(await ask({ tools, messages: [user('cake'), assistant, user('more'), assistant] })).toEqual([200, 'sweet']);
  });

  it('answers a call without tools as a side call', async () => {
    expect(await ask({ messages: [user('bread')] })).toEqual([200, 'aside']);
  });

  it('refuses invalid requests as the API does, and reports that the script has no thread', async () => {
    expect(await ask({}, { body: Buffer.from('{') })).toEqual([400, null]);
    expect(await ask({}, { path: '/v1/unknown' })).toEqual([404, null]);
    expect(await ask({}, { host: 'evilanthropic.com' })).toEqual([404, null]);
    expect(await ask({ tools, messages: [user('soup')] })).toEqual([400, null]);
  });
});
