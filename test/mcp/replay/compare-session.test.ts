import { describe, expect, it, onTestFinished } from 'vitest';
import type { JsonRecord } from '../../../src/base/json.js';
import { type ComparedRequest, compareSession } from '../../../src/mcp/replay/client/compare-session.js';
import { DEFAULT_IGNORED, ignored } from '../../../src/mcp/replay/client/ignored.js';
import type { ComparedNotification } from '../../../src/mcp/replay/client/notifications.js';
import { openServer, type ServerAddress, type ServerLink } from '../../../src/mcp/replay/client/open-server.js';
import type { Speed } from '../../../src/mcp/replay/clock.js';
import { ReplayConnection } from '../../../src/mcp/replay/connection.js';
import type { RecordedTape } from '../../../src/mcp/replay/kept-frames.js';
import { openRecording } from '../../../src/mcp/replay/recording.js';
import { modernServer } from '../support/modern-server.js';
import { legacySession, modernSession } from '../support/sdk-clients.js';
import { served, streamableServer } from '../support/sdk-http-servers.js';
import { call, initialize, type Line, modernHead, tapeOf, text } from '../support/tapes.js';

async function compare(tape: RecordedTape, server: ServerLink, ignore: string[] = [], timeoutMs = 20_000) {
  onTestFinished(() => server.close());
  const requests: ComparedRequest[] = [];
  const notifications: ComparedNotification[] = [];
  const unexpected = await compareSession(tape, server, {
    ignored: ignored([...DEFAULT_IGNORED, ...ignore]),
    timeoutMs,
    onCompared: (request) => requests.push(request),
    onNotification: (notification) => notifications.push(notification),
  });
  return {
    requests,
    notifications: notifications.map(({ outcome, method, seq }) => `${outcome} ${method.slice(14)} ${seq}`),
    found: notifications,
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
    const server = await served(streamableServer([]));
    const { lines } = await legacySession(server, tools);
    const { outcomes, unexpected } = await compare(tapeOf(lines), await ask({ url: server, headers: {} }));
    expect(outcomes).toEqual(['initialize', 'tools/list', ...tools].map((name) => `${name} same`));
    expect(unexpected).toEqual([]);
  });

  it('finds the same answers of a server of 2026-07-28, whose input it gives as recorded', async () => {
    const server = await served(modernServer());
    const { lines } = await modernSession(server, ['add', 'ask']);
    const { outcomes } = await compare(tapeOf(lines, modernHead), await ask({ url: server, headers: {} }));
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

  it('refuses what is neither a JSONPath nor a method', () => {
    expect(() => ignored(['$.result['])).toThrow(/--ignore: "\$\.result\[" is neither .* nor a JSONPath/);
  });

  describe('compares notifications', () => {
    const log = (data: unknown) => ({ method: 'notifications/message', params: { level: 'info', data } });
    const progress = (progressToken: number, done: number) => ({
      method: 'notifications/progress',
      params: { progressToken, progress: done },
    });
    /** Two calls, and what the server says between them. */
    const around = (...said: object[]): Line[] => [
      ['c', 0, call(1, 'one', {}, { progressToken: 1 })],
      ['c', 1, call(2, 'two', {}, { progressToken: 2 })],
      ...said.map((message): Line => ['s', 2, message]),
      ['s', 3, text(2, 'two')],
      ['s', 4, text(1, 'one')],
    ];
    const compared = async (before: Line[], now: Line[], ignore: string[] = []) =>
      (await compare(tapeOf(before), await serverOf(now), ignore, 200)).notifications.sort();

    it('in any order, but for the progress of a request', async () => {
      const said = [log('a'), progress(1, 1), log('b'), progress(2, 5), progress(1, 2)];
      expect(await compared(around(...said), around(...said.toReversed()))).toEqual([
        'different progress 3',
        'different progress 6',
        'same message 2',
        'same message 4',
        'same progress 5',
      ]);
    });

    it('and says which are missing, unexpected and different', async () => {
      const before = around(log('a'), log('a'), log('b'), progress(1, 1), {
        method: 'notifications/tools/list_changed',
      });
      const now = around(log('a'), log('c'), progress(1, 1), progress(1, 2));
      expect(await compared(before, now)).toEqual([
        'different message 3',
        'missing message 4',
        'missing tools/list_changed 6',
        'same message 2',
        'same progress 5',
        'unexpected progress null',
      ]);
      expect(
        await compared(before, now, ['notifications/progress', 'notifications/*_changed', '$.params.data']),
      ).toEqual(['missing message 4', 'same message 2', 'same message 3']);
    });

    it('after the last answer, and waits for them as long as it took in the recording', async () => {
      const late: Line[] = [...around(), ['s', 50, log('late')]];
      expect(await compared(late, late)).toEqual(['same message 4']);
      const link = await serverOf(late, [], 1);
      expect((await compare(tapeOf(late), link)).notifications).toEqual(['same message 4']);
      expect(await compared(late, around())).toEqual(['missing message 4']);
    });

    it('takes any text for a secret, and leaves out what differs each time', async () => {
      const secret = (key: string, id: number) => ({
        ...log({ b: 1, key }),
        params: { data: { key, b: 1 }, _meta: { id } },
      });
      const before = around(secret('x', 1), secret(`[redacted:${'a'.repeat(16)}]`, 2));
      expect(await compared(before, around(secret('zorblax', 3), secret('x', 4)))).toEqual([
        'same message 2',
        'same message 3',
      ]);
    });

    it('of hostile servers', async () => {
      const deep = JSON.parse(`${'['.repeat(900)}${']'.repeat(900)}`);
      const said = [
        log(JSON.parse('{"__proto__":{"a":1}}')),
        log('\ud800'),
        log(deep),
        { method: 'notifications/x', params: [1] },
      ];
      expect(await compared(around(...said), around(...said))).toHaveLength(4);
      expect(await compared(around(log(JSON.parse('{"__proto__":1}'))), around(log({})))).toEqual([
        'different message 2',
      ]);
    });
  });
});
