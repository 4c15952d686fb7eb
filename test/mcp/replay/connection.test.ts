import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ReplayConnection, type ReplayOptions } from '../../../src/mcp/replay/connection.js';
import type { RecordedTape } from '../../../src/mcp/replay/kept-frames.js';
import { openRecording } from '../../../src/mcp/replay/recording.js';
import { call, initialize, type Line, modernHead, modernMeta, tapeOf, text } from '../support/tapes.js';

/** A client of a recorded server. */
async function play(tapes: RecordedTape[], options: Partial<ReplayOptions> = {}) {
  const sent: string[] = [];
  const notes: string[] = [];
  const send = (message: Buffer) => void sent.push(message.toString());
  const connection = new ReplayConnection(await openRecording(tapes), {
    speed: 'max',
    note: (note) => notes.push(note),
    send,
    hasLines: true,
    ...options,
  });
  await connection.open();
  return {
    notes,
    connection,
    sent,
    messages: () => sent.map((each) => JSON.parse(each)),
    /** @returns what the server sends until the request is answered, and right after it */
    async ask(message: object | string): Promise<string[]> {
      const start = sent.length;
      const json = typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message });
      await connection.receive(Buffer.from(json), send);
      await sleep(0);
      return sent.slice(start);
    },
  };
}

const parse = (texts: string[]) => texts.map((each) => JSON.parse(each));
const texts = (answers: string[]) => parse(answers).map(({ result }) => result?.content?.[0].text);

describe('a recorded server', () => {
  it('answers with the recorded bytes, and the id as this client spells it', async () => {
    const answer = '{"result" : {"content":[{"type":"text","text":"\\u00e9 \\/"}]},"jsonrpc":"2.0", "id":7}';
    const { ask } = await play([
      tapeOf([
        ['c', 0, call(7, 'find', { b: 1, a: 2 })],
        ['s', 9, answer],
      ]),
    ]);
    const asked =
      '{"id":12345678901234567890,"jsonrpc":"2.0","method":"tools/call","params":{"arguments":{"a":2,"b":1},"name":"find"}}';
    expect(await ask(asked)).toEqual([answer.replace('"id":7', '"id":12345678901234567890')]);
    expect(await ask(asked.replace('12345678901234567890', '"7"'))).toEqual([answer.replace('"id":7', '"id":"7"')]);
  });

  it('answers requests that are nested too deep to be compared or written', async () => {
    const { ask } = await play([
      tapeOf([
        ['c', 0, call(1, 'find', { a: 1 })],
        ['s', 1, text(1, 'found')],
      ]),
    ]);
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const asked = `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"find","arguments":{"a":${deep}}}}`;
    expect(parse(await ask(asked))[0]).toMatchObject({
      error: { message: expect.stringContaining('$.arguments.a (recorded 1, now "[nested too deep]")') },
    });
  });

  it('does not compare what differs each time', async () => {
    const meta = { progressToken: 3, 'claudecode/toolUseId': 'toolu_1', traceparent: '00-1', 'x.example/lang': 'en' };
    const { ask } = await play([
      tapeOf([
        ['c', 0, call(1, 'find', {}, meta)],
        ['s', 1, text(1, 'found')],
      ]),
    ]);
    const now = {
      ...meta,
      progressToken: 'p',
      'claudecode/toolUseId': 'toolu_2',
      'io.modelcontextprotocol/clientInfo': {},
    };
    expect(texts(await ask(call(5, 'find', {}, now)))).toEqual(['found']);
    expect(parse(await ask(call(6, 'find', {}, { ...now, 'x.example/lang': 'no' })))[0]).toMatchObject({
      error: { code: -32602, message: expect.stringContaining('$._meta["x.example/lang"] (recorded "en", now "no")') },
    });
  });

  it('answers equal requests in recorded order, and the last answer again after that', async () => {
    const { ask } = await play([
      tapeOf([
        ['c', 0, call(1, 'next')],
        ['c', 1, call(2, 'next')],
        ['s', 2, text(2, 'second request')],
        ['s', 3, text(1, 'first request')],
      ]),
    ]);
    const answers = [];
    for (const id of [1, 2, 3, 4]) answers.push(...texts(await ask(call(id, 'next'))));
    expect(answers).toEqual(['first request', 'second request', 'second request', 'second request']);
  });

  it('sends notifications in their place, with the token of this client', async () => {
    const progress = (progressToken: number, done: number) => ({
      method: 'notifications/progress',
      params: { progressToken, progress: done },
    });
    const log = (data: string) => ({ method: 'notifications/message', params: { level: 'info', data } });
    const { ask } = await play([
      tapeOf([
        ['c', 0, call(1, 'slow', {}, { progressToken: 1 })],
        ['c', 1, call(2, 'other', {}, { progressToken: 2 })],
        ['s', 2, progress(1, 10)],
        ['s', 3, log('of other')],
        ['s', 4, progress(2, 20)],
        ['s', 5, text(2, 'other')],
        ['s', 6, log('of slow')],
        ['s', 7, text(1, 'slow')],
        ['s', 8, { method: 'notifications/tools/list_changed' }],
      ]),
    ]);
    const slow = parse(await ask(call(9, 'slow', {}, { progressToken: 'mine' })));
    expect(slow.map(({ method, id, params }) => [method ?? id, params?.progressToken ?? params?.data])).toEqual([
      ['notifications/progress', 'mine'],
      ['notifications/message', 'of slow'],
      [9, undefined],
      ['notifications/tools/list_changed', undefined],
    ]);
    const other = parse(await ask(call(10, 'other')));
    expect(other.map(({ method, id }) => method ?? id)).toEqual(['notifications/message', 10]);
    // Nothing that makes a client ask again comes with an answer that is given again.
    expect(parse(await ask(call(11, 'slow'))).map(({ method, id }) => method ?? id)).toEqual([
      'notifications/message',
      11,
    ]);
  });

  it('sends the requests of the recorded server, and continues when they are answered', async () => {
    const elicit = { id: 1, method: 'elicitation/create', params: { message: 'Who?' } };
    const { ask, connection, sent, notes } = await play([
      tapeOf([
        ...initialize(),
        ['s', 7, { id: 0, method: 'roots/list' }],
        ['c', 8, { id: 0, result: { roots: [] } }],
        ['c', 10, call(1, 'greet')],
        ['s', 11, elicit],
        ['c', 12, { id: 1, result: { action: 'accept', content: { name: 'Uma' } } }],
        ['s', 13, text(1, 'Hello Uma')],
      ]),
    ]);
    await ask({ id: 1, method: 'initialize', params: {} });
    void ask({ method: 'notifications/initialized' });
    await expect.poll(() => sent.at(-1)).toContain('roots/list');
    await ask({ id: 0, result: { roots: [] } });
    const answered = ask(call(1, 'greet'));
    await sleep(5);
    expect(JSON.parse(sent.at(-1) ?? '')).toEqual({ jsonrpc: '2.0', ...elicit });
    const reply = { jsonrpc: '2.0', id: 1, result: { action: 'accept', content: { name: 'Lara' } } };
    await connection.receive(Buffer.from(JSON.stringify(reply)), () => {});
    expect(texts(await answered).at(-1)).toBe('Hello Uma');
    expect(notes).toEqual(['the answer to elicitation/create differs from the recorded one at $.content.name']);
    // Once more: under an id that is not in use.
    void ask(call(2, 'greet'));
    await expect
      .poll(() => JSON.parse(sent.at(-1) ?? ''))
      .toMatchObject({ method: 'elicitation/create', id: 'replay-2' });
  });

  it('lists the recorded requests if one was not recorded', async () => {
    const { ask, notes } = await play([
      tapeOf([
        ['c', 0, call(1, 'find', { city: 'Oslo', limits: [1, 2] })],
        ['s', 1, text(1, 'found')],
      ]),
    ]);
    const [miss] = parse(await ask(call(2, 'find', { city: 'Bergen', limits: [1, 2] })));
    const message =
      'the tape has no answer to tools/call find: the nearest recorded request, tools/call find, differs at ' +
      '$.arguments.city (recorded "Oslo", now "Bergen").';
    expect(notes).toEqual([message]);
    expect(miss.error).toEqual({
      code: -32602,
      message: `claude-trace replay: ${message}`,
      data: { recorded: { 'tools/call find': 1 } },
    });
    expect(parse(await ask({ id: 3, method: 'prompts/list' }))[0].error).toMatchObject({ code: -32601 });
  });

  it('takes any text in place of a secret that was replaced in the recording', async () => {
    const key = `[redacted:${'0'.repeat(16)}]`;
    const { ask } = await play([
      tapeOf([
        ['c', 0, call(1, 'login', { user: 'uma', token: `Bearer ${key}` }), { redacted: true }],
        ['s', 1, text(1, 'welcome')],
      ]),
    ]);
    expect(texts(await ask(call(1, 'login', { user: 'uma', token: 'Bearer zorblax' })))).toEqual(['welcome']);
    expect(parse(await ask(call(2, 'login', { user: 'pia', token: 'Bearer zorblax' })))[0].error.message).toContain(
      '$.arguments.user (recorded "uma", now "pia")',
    );
  });

  it('never answers what its client gave up, until this one gives it up', async () => {
    const { connection, sent, ask } = await play([
      tapeOf([
        ['c', 0, call(1, 'hang')],
        ['c', 50, { method: 'notifications/cancelled', params: { requestId: 1, reason: 'Request timed out' } }],
        ['c', 60, call(2, 'cut')],
      ]),
    ]);
    const hanging = connection.receive(Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...call('x', 'hang') })), () => {});
    await sleep(20);
    expect(sent).toEqual([]);
    await ask({ method: 'notifications/cancelled', params: { requestId: 'x' } });
    await hanging;
    expect(sent).toEqual([]);
    expect(parse(await ask(call(3, 'cut')))[0].error.message).toContain('The recording ended before');
  });

  it('answers what every server answers, recorded or not', async () => {
    const { ask } = await play([
      tapeOf([
        ['c', 0, call(1, 'find')],
        ['s', 1, text(1, 'found')],
      ]),
    ]);
    const [started] = parse(await ask({ id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25' } }));
    expect(started.result).toEqual({
      protocolVersion: '2025-11-25',
      capabilities: { tools: {} },
      serverInfo: { name: 'tickets', version: '0' },
    });
    expect(parse(await ask({ id: 2, method: 'ping' }))[0].result).toEqual({});
    expect(parse(await ask({ id: 3, method: 'server/discover', params: {} }))[0].error.code).toBe(-32601);
    expect(parse(await ask('[1'))[0].error.code).toBe(-32700);
  });

  it.each([
    ['2024-11-05', '2024-11-05'],
    ['2025-11-25', '2025-11-25'],
    ['2026-07-28', '2025-06-18'],
    ['1999-01-01', '2025-06-18'],
  ])('is asked for version %s and speaks %s', async (asked, spoken) => {
    const { ask } = await play([tapeOf(initialize())]);
    const [answer] = parse(await ask({ id: 1, method: 'initialize', params: { protocolVersion: asked } }));
    expect(answer.result).toMatchObject({ protocolVersion: spoken, serverInfo: { name: 'tickets', version: '3' } });
  });

  it('sends lines that are not messages over stdio, and says where an answer was cut', async () => {
    const lines: Line[] = [
      ['c', 0, call(1, 'odd')],
      ['s', 1, 'not JSON'],
      ['s', 2, '{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"te', { truncated: true }],
    ];
    const { ask } = await play([tapeOf(lines)]);
    const [odd, answer] = await ask(call(4, 'odd'));
    expect(odd).toBe('not JSON');
    expect(JSON.parse(answer ?? '')).toMatchObject({ id: 4, error: { message: expect.stringContaining('beginning') } });
    const http = await play([tapeOf(lines)], { hasLines: false });
    expect(await http.ask(call(4, 'odd'))).toHaveLength(1);
  });

  it('reads and answers batches, message by message', async () => {
    const { ask } = await play([
      tapeOf([
        [
          'c',
          0,
          JSON.stringify([
            { jsonrpc: '2.0', ...call(1, 'a') },
            { jsonrpc: '2.0', ...call(2, 'b') },
          ]),
        ],
        [
          's',
          1,
          JSON.stringify([
            { jsonrpc: '2.0', ...text(2, 'of b') },
            { jsonrpc: '2.0', ...text(1, 'of a') },
          ]),
        ],
      ]),
    ]);
    const asked = [call(7, 'b'), call(8, 'a')].map((each) => ({ jsonrpc: '2.0', ...each }));
    expect(texts(await ask(JSON.stringify(asked)))).toEqual(['of b', 'of a']);
  });

  it('plays the tape of its connection first, and takes from the others what that one lacks', async () => {
    const tapes = ['first', 'second'].map((word) =>
      tapeOf([
        ['c', 0, call(1, 'which')],
        ['s', 1, text(1, word)],
        ['c', 2, call(2, word)],
        ['s', 3, text(2, `only ${word}`)],
      ]),
    );
    const { ask } = await play(tapes, { tape: 1 });
    const answers = [];
    for (const name of ['which', 'which', 'which', 'first']) answers.push(...texts(await ask(call(1, name))));
    expect(answers).toEqual(['second', 'first', 'second', 'only first']);
  });

  it.each([
    [1, 60, 100],
    [4, 15, 25],
  ] as const)('keeps the recorded times at speed %s', async (speed, first, second) => {
    const { connection } = await play(
      [
        tapeOf([
          ['c', 1_000, call(1, 'slow')],
          ['s', 1_060, { method: 'notifications/message', params: { level: 'info', data: 'half' } }],
          ['s', 1_100, text(1, 'done')],
        ]),
      ],
      { speed },
    );
    const started = performance.now();
    const at: number[] = [];
    const message = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...call(1, 'slow') }));
    await connection.receive(message, () => void at.push(performance.now() - started));
    expect(at).toHaveLength(2);
    for (const [index, expected] of [first, second].entries()) {
      expect(at[index]).toBeGreaterThan(expected - 2);
      expect(at[index]).toBeLessThan(expected + 500);
    }
  });

  it('waits for the gate before each message', async () => {
    const seen: string[] = [];
    const { ask } = await play(
      [
        tapeOf([
          ['c', 0, call(1, 'a')],
          ['s', 1, text(1, 'b')],
        ]),
      ],
      {
        async gate({ kind }, message) {
          seen.push(`${kind} ${message.length > 10}`);
        },
      },
    );
    await ask(call(1, 'a'));
    expect(seen).toEqual(['answer true']);
  });
});

describe('a recorded server of 2026-07-28', () => {
  const discover = {
    resultType: 'complete',
    supportedVersions: ['2026-07-28'],
    capabilities: { tools: {} },
    instructions: 'Hi.',
  };
  const lines: Line[] = [
    ['c', 0, { id: 'p', method: 'server/discover', params: { _meta: modernMeta() } }],
    ['s', 2_900, { id: 'p', result: discover }],
    [
      'c',
      3_000,
      {
        id: 'l',
        method: 'subscriptions/listen',
        params: { notifications: { toolsListChanged: true }, _meta: modernMeta() },
      },
    ],
    [
      's',
      3_001,
      {
        method: 'notifications/subscriptions/acknowledged',
        params: { notifications: { toolsListChanged: true }, _meta: { 'io.modelcontextprotocol/subscriptionId': 'l' } },
      },
    ],
    ['c', 3_100, call(1, 'grow', {}, modernMeta())],
    [
      's',
      3_110,
      {
        method: 'notifications/tools/list_changed',
        params: { _meta: { 'io.modelcontextprotocol/subscriptionId': 'l' } },
      },
    ],
    ['s', 3_120, text(1, 'grown')],
    ['c', 3_200, call(2, 'ask', {}, modernMeta())],
    ['s', 3_210, { id: 2, result: { resultType: 'input_required', requestState: 'state', inputRequests: {} } }],
    [
      'c',
      3_300,
      {
        id: 3,
        method: 'tools/call',
        params: { name: 'ask', arguments: {}, requestState: 'state', inputResponses: { who: 1 }, _meta: modernMeta() },
      },
    ],
    ['s', 3_310, text(3, 'thanks')],
    ['s', 9_000, { id: 'l', result: { resultType: 'complete' } }],
  ];

  it('answers server/discover at once, and names its revision to clients that ask for another one', async () => {
    const { ask } = await play([tapeOf(lines, modernHead)], { speed: 1 });
    const started = performance.now();
    expect(parse(await ask({ id: 1, method: 'server/discover', params: { _meta: modernMeta() } }))[0].result).toEqual(
      discover,
    );
    expect(performance.now() - started).toBeLessThan(1_000);
    const [refused] = parse(await ask({ id: 2, method: 'tools/list', params: { _meta: modernMeta('2030-01-01') } }));
    expect(refused.error).toMatchObject({ code: -32022, data: { supported: ['2026-07-28'], requested: '2030-01-01' } });
  });

  it('keeps a listening stream open, and sends it what it listens to', async () => {
    const { ask, connection } = await play([tapeOf(lines, modernHead)]);
    const heard: string[] = [];
    const listen = {
      jsonrpc: '2.0',
      id: 77,
      method: 'subscriptions/listen',
      params: { notifications: { toolsListChanged: true }, _meta: modernMeta() },
    };
    let isOver = false;
    const left = new AbortController();
    const listening = connection
      .receive(Buffer.from(JSON.stringify(listen)), (message) => void heard.push(message.toString()), left.signal)
      .then(() => (isOver = true));
    expect(texts(await ask(call(5, 'grow', {}, modernMeta())))).toEqual(['grown']);
    const meta = { 'io.modelcontextprotocol/subscriptionId': 77 };
    expect(parse(heard)).toMatchObject([
      { method: 'notifications/subscriptions/acknowledged', params: { _meta: meta } },
      { method: 'notifications/tools/list_changed', params: { _meta: meta } },
    ]);
    expect(isOver).toBe(false);
    left.abort();
    await listening;
  });

  it('acknowledges a stream that was not recorded', async () => {
    const { connection } = await play([tapeOf([], modernHead)]);
    const heard: string[] = [];
    const listen = {
      jsonrpc: '2.0',
      id: 'n',
      method: 'subscriptions/listen',
      params: { notifications: { promptsListChanged: true } },
    };
    void connection.receive(Buffer.from(JSON.stringify(listen)), (message) => void heard.push(message.toString()));
    await expect.poll(() => heard.length).toBe(1);
    expect(JSON.parse(heard[0] ?? '')).toMatchObject({
      params: { notifications: { promptsListChanged: true }, _meta: { 'io.modelcontextprotocol/subscriptionId': 'n' } },
    });
    connection.close();
  });

  it('continues after the input that it required, whatever the person said', async () => {
    const { ask } = await play([tapeOf(lines, modernHead)]);
    expect(parse(await ask(call(1, 'ask', {}, modernMeta())))[0].result.requestState).toBe('state');
    const params = {
      name: 'ask',
      arguments: {},
      requestState: 'state',
      inputResponses: { who: 2 },
      _meta: modernMeta(),
    };
    expect(texts(await ask({ id: 2, method: 'tools/call', params }))).toEqual(['thanks']);
  });

  it('serves an older client, too', async () => {
    const { ask } = await play([tapeOf(lines, modernHead)]);
    const [started] = parse(await ask({ id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18' } }));
    expect(started.result).toMatchObject({
      protocolVersion: '2025-06-18',
      capabilities: { tools: {} },
      instructions: 'Hi.',
    });
    expect(texts(await ask(call(2, 'grow')))).toEqual(['grown']);
  });
});
