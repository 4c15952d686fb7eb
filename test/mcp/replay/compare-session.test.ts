import { describe, expect, it, onTestFinished } from 'vitest';
import type { JsonRecord } from '../../../src/base/json.js';
import { type ComparedRequest, compareSession } from '../../../src/mcp/replay/client/compare-session.js';
import { DEFAULT_IGNORED, ignored } from '../../../src/mcp/replay/client/ignored.js';
import { openServer, type ServerAddress, type ServerLink } from '../../../src/mcp/replay/client/open-server.js';
import type { Speed } from '../../../src/mcp/replay/clock.js';
import { ReplayConnection } from '../../../src/mcp/replay/connection.js';
import type { RecordedTape } from '../../../src/mcp/replay/kept-frames.js';
import { openRecording } from '../../../src/mcp/replay/recording.js';
import { modernServer } from '../support/modern-server.js';
import { legacySession, modernSession } from '../support/sdk-clients.js';
import { streamableServer } from '../support/sdk-http-servers.js';
import { call, initialize, type Line, modernHead, tapeOf, text } from '../support/tapes.js';

async function compare(tape: RecordedTape, server: ServerLink, ignore: string[] = [], timeoutMs = 20_000) {
  onTestFinished(() => server.close());
  const requests: ComparedRequest[] = [];
  const unexpected = await compareSession(tape, server, {
    ignored: ignored([...DEFAULT_IGNORED, ...ignore]),
    timeoutMs,
    onCompared: (request) => requests.push(request),
  });
  return {
    requests,
    unexpected,
    outcomes: requests.map(({ method, name, outcome }) => `${name ?? method} ${outcome}`),
  };
}

/** A server that answers as these lines, in this process, and what it was sent. */
async function serverOf(lines: readonly Line[], sent: JsonRecord[] = [], speed: Speed = 'max'): Promise<ServerLink> {
  let listener: (message: JsonRecord) => void = () => {};
  const send = (message: Buffer) => listener(JSON.parse(message.toString()));
  const recording = await openRecording([tapeOf(lines)]);
  const connection = new ReplayConnection(recording, { speed, note: () => {}, send, hasLines: false });
  return {
    async send(message) {
      sent.push(message);
      void connection.receive(Buffer.from(JSON.stringify(message)), send);
    },
    onMessage(each) {
      listener = each;
    },
    onClose() {},
    setProtocolVersion() {},
    async close() {
      connection.close();
    },
  };
}

const ask = (address: ServerAddress) => openServer(address);

describe('the recorded client', () => {
  it('finds the same answers of a legacy server over HTTP, whose questions it answers as recorded', async () => {
    const tools = ['add', 'fail', 'work', 'ask', 'add'];
    const server = await streamableServer([]);
    onTestFinished(async () => void (await server.close()));
    const { lines } = await legacySession(server.url, tools);
    const { outcomes, unexpected } = await compare(tapeOf(lines), await ask({ url: server.url, headers: {} }));
    expect(outcomes).toEqual(['initialize', 'tools/list', ...tools].map((name) => `${name} same`));
    expect(unexpected).toEqual([]);
  });

  it('finds the same answers of a server of 2026-07-28, whose input it gives as recorded', async () => {
    const server = await modernServer();
    onTestFinished(async () => void (await server.close()));
    const { lines } = await modernSession(server.url, ['add', 'ask']);
    const { outcomes } = await compare(tapeOf(lines, modernHead), await ask({ url: server.url, headers: {} }));
    expect(outcomes).toEqual(['server/discover', 'tools/list', 'add', 'ask', 'ask'].map((name) => `${name} same`));
  });

  it('says where answers differ, and leaves out what is ignored', async () => {
    const lines = (version: string, answer: string): Line[] => [
      ...initialize(),
      ['c', 9, call(1, 'find')],
      ['s', 10, text(1, answer)],
      ['c', 11, call(2, 'find', { more: true })],
      ['s', 12, { id: 2, result: { content: [], structuredContent: { at: version, 'odd name': [1, version] } } }],
    ];
    const recorded = tapeOf(lines('1', 'Rain'));
    const found = await compare(recorded, await serverOf(lines('2', 'Sun')));
    expect(found.outcomes).toEqual(['initialize same', 'find different', 'find different']);
    expect(found.requests.flatMap(({ differences }) => differences)).toEqual([
      { path: '$.result.content[0].text', recorded: 'Rain', found: 'Sun' },
      { path: '$.result.structuredContent.at', recorded: '1', found: '2' },
      { path: '$.result.structuredContent["odd name"][1]', recorded: '1', found: '2' },
    ]);
    const ignore = ['$.result.content[*].text', '$..at', "$.result.structuredContent['odd name'][-1]"];
    const again = await compare(recorded, await serverOf(lines('2', 'Sun')), ignore);
    expect(again.outcomes).toEqual(['initialize same', 'find same', 'find same']);
  });

  it('gives back the cursors and states of the real server, in place of the recorded ones', async () => {
    const lines = (word: string): Line[] => [
      ['c', 0, { id: 1, method: 'tools/list' }],
      ['s', 1, { id: 1, result: { tools: [], nextCursor: `${word} 2` } }],
      ['c', 2, { id: 2, method: 'tools/list', params: { cursor: `${word} 2` } }],
      ['s', 3, { id: 2, result: { tools: [] } }],
      ['c', 4, call(3, 'task')],
      ['s', 5, { id: 3, result: { task: { taskId: word, status: 'working', createdAt: word } } }],
      ['c', 6, { id: 4, method: 'tasks/get', params: { taskId: word } }],
      ['s', 7, { id: 4, result: { taskId: word, status: 'completed', createdAt: word } }],
    ];
    const { outcomes } = await compare(tapeOf(lines('old')), await serverOf(lines('new')));
    expect(outcomes).toEqual(['tools/list same', 'tools/list same', 'task same', 'tasks/get same']);
  });

  it('sends a request when those before it are answered, and those at once that were sent at once', async () => {
    const lines: Line[] = [
      ['c', 0, call('a', 'one')],
      ['c', 1, call('b', 'two')],
      ['s', 100, text('b', '2')],
      ['s', 300, text('a', '1')],
      ['c', 310, call('c', 'three')],
      ['s', 320, text('c', '3')],
    ];
    const link = await serverOf(lines, [], 1);
    const order: string[] = [];
    const send = link.send.bind(link);
    link.send = (message) => {
      order.push(`sent ${message.id}`);
      return send(message);
    };
    const onMessage = link.onMessage.bind(link);
    link.onMessage = (listener) =>
      onMessage((message) => {
        order.push(`got ${message.id}`);
        listener(message);
      });
    expect((await compare(tapeOf(lines), link)).outcomes).toEqual(['two same', 'one same', 'three same']);
    expect(order.slice(0, 2)).toEqual(['sent 1', 'sent 2']);
    expect(order.indexOf('sent 3')).toBeGreaterThan(order.indexOf('got 1'));
  });

  it('says which requests got no answer, and which questions were not recorded', async () => {
    const recorded = tapeOf([
      ['c', 0, call(1, 'hang')],
      ['s', 1, text(1, 'done')],
      ['c', 2, call(2, 'ask')],
      ['s', 3, text(2, 'done')],
    ]);
    const link = await serverOf([
      ['c', 0, call(1, 'hang')],
      ['c', 1, { method: 'notifications/cancelled', params: { requestId: 1 } }],
      ['c', 2, call(2, 'ask')],
      ['s', 3, { id: 0, method: 'roots/list' }],
      ['c', 4, { id: 0, result: {} }],
      ['s', 5, text(2, 'done')],
    ]);
    const { requests, unexpected } = await compare(recorded, link, [], 100);
    expect(requests).toMatchObject([
      { name: 'hang', outcome: 'unanswered', problem: 'there was no answer within 0.1 s', ms: null },
      { name: 'ask', outcome: 'same' },
    ]);
    expect(unexpected).toEqual(['roots/list']);
  });

  it('gives up what the recorded client gave up, and does not wait for it', async () => {
    const lines: Line[] = [
      ['c', 0, call(7, 'hang')],
      ['c', 1, { method: 'notifications/cancelled', params: { requestId: 7, reason: 'Request timed out' } }],
      ['c', 2, call(8, 'next')],
      ['s', 3, text(8, 'done')],
    ];
    const sent: JsonRecord[] = [];
    const { outcomes } = await compare(tapeOf(lines), await serverOf(lines, sent));
    expect(outcomes).toEqual(['next same']);
    expect(sent.map(({ method, id, params }) => [method, id, params])).toMatchObject([
      ['tools/call', 1, { name: 'hang' }],
      ['notifications/cancelled', undefined, { requestId: 1 }],
      ['tools/call', 2, { name: 'next' }],
    ]);
  });

  it('takes any text for a secret that was replaced in the recording', async () => {
    const lines = (key: string): Line[] => [
      ['c', 0, call(1, 'key')],
      ['s', 1, text(1, `the key ${key}.`)],
    ];
    const { outcomes } = await compare(tapeOf(lines(`[redacted:${'a'.repeat(16)}]`)), await serverOf(lines('zorblax')));
    expect(outcomes).toEqual(['key same']);
  });

  it('refuses what is not a JSONPath', () => {
    expect(() => ignored(['$.result['])).toThrow(/--ignore: "\$\.result\[" is not a JSONPath/);
  });
});
