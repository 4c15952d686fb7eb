import { describe, expect, it } from 'vitest';
import { type RuledPipe, ruledOf, ruledPipe } from '../support/ruled-pipe.js';
import { SDK_CLIENTS, SDK_SERVERS } from '../support/sdk-pairs.js';

interface Row {
  when?: string;
  does: string;
  /** The client's result of `add(1, 2)`. */
  gets: RegExp;
  /** The call that the server gets, or null. */
  asked: object | null;
  /** Of the answer, if rules act on that. */
  isAnswer?: boolean;
  /** ms; shorter where nothing answers. */
  timeout?: number;
  closes?: boolean;
}

const ASKED = { a: 1, b: 2 };
const ANSWERS = '{ kind: response, tool: add }';
const text = (content: string) => new RegExp(`^\\[.*"text":"${content}".*\\]$`);

/** By action. */
const TABLE: Record<string, Row> = {
  'tag, alert, redact': {
    does: '[{ tag: t }, { alert: a }, { redact: $.arguments.a }]',
    gets: text('3'),
    asked: ASKED,
  },
  delay: { does: '[{ delay: { ms: 40 } }]', gets: text('3'), asked: ASKED },
  'modify the request': {
    does: '[{ modify: { set: { $.arguments.a: 5 } } }]',
    gets: text('7'),
    asked: { a: 5, b: 2 },
  },
  'modify the answer': {
    when: ANSWERS,
    does: '[{ modify: { transform: { "$.content[0].text": { suffix: "!" } } } }]',
    gets: text('3!'),
    asked: ASKED,
    isAnswer: true,
  },
  'mock a result': {
    does: '[{ mock: { result: { content: [{ type: text, text: "{{ request.params.arguments.b }} made" }] } } }]',
    gets: text('2 made'),
    asked: null,
  },
  'mock an error': { does: '[{ mock: { error: { code: -32602, message: no } } }]', gets: /Error.*no/, asked: null },
  'mock an answer': {
    when: ANSWERS,
    does: '[{ mock: { result: { content: [{ type: text, text: made }] } } }]',
    gets: text('made'),
    asked: ASKED,
    isAnswer: true,
  },
  block: { does: '[{ block: { reason: not here } }]', gets: /Error.*not here/, asked: null },
  'block an answer': {
    when: ANSWERS,
    does: '[{ block: { reason: not here } }]',
    gets: /Error.*not here/,
    asked: ASKED,
    isAnswer: true,
  },
  pause: { does: '[{ pause: {} }]', gets: text('3'), asked: ASKED },
  'fault timeout': { does: '[{ fault: { kind: timeout } }]', gets: /timed out/i, asked: null, timeout: 100 },
  'fault timeout after a while': {
    does: '[{ fault: { kind: timeout, after_ms: 20 } }]',
    gets: /Request timed out/,
    asked: null,
  },
  'fault rate_limit': {
    does: '[{ fault: { kind: rate_limit, retry_after_ms: 5000 } }]',
    gets: /Rate limit exceeded: try again in 5 s/,
    asked: null,
  },
  'fault malformed': { does: '[{ fault: { kind: malformed } }]', gets: /timed out/i, asked: null, timeout: 100 },
  'fault close': { does: '[{ fault: { kind: close } }]', gets: /closed/i, asked: null, closes: true },
  'fault slow': {
    when: '{ direction: server_to_client, kind: response, tool: add }',
    does: '[{ fault: { kind: slow, bytes_per_second: 5000 } }]',
    gets: text('3'),
    asked: ASKED,
    isAnswer: true,
  },
};

const PAIRS = ([1, 2] as const).flatMap((client) => ([1, 2] as const).map((server) => ({ client, server })));

describe.each(PAIRS)(
  'a client of SDK $client and a server of SDK $server',
  ({ client: clientOf, server: serverOf }) => {
    async function connected(rules: string) {
      const pipe = await ruledPipe(`version: 1\nrules:\n${rules}`);
      await SDK_SERVERS[serverOf](pipe.server);
      return { pipe, client: await SDK_CLIENTS[clientOf](pipe.client) };
    }

    it.each(Object.entries(TABLE))('with %s', async (name, { when = '{ tool: add }', does, gets, asked, ...row }) => {
      const { pipe, client } = await connected(`  - { id: r, when: ${when}, then: ${does} }`);
      const got = client.call('add', ASKED, row.timeout);
      if (name === 'pause') await resumeNext(pipe);
      expect(await got).toMatch(gets);
      expect(callsIn(pipe)).toEqual(asked === null ? [] : [asked]);
      // SDK 2 says nothing of a line that is not JSON.
      if (name === 'fault malformed' && clientOf === 1) expect(client.errors).toMatchObject([{ name: 'SyntaxError' }]);
      // The rule is about nothing else, and the connection goes on.
      if (!row.closes) expect(await client.countTools()).toBeGreaterThan(2);
      await client.close();
      await pipe.ended();
      const actions = does.match(/(?<=\{ )(?:tag|alert|redact|delay|modify|mock|block|pause|fault)(?=:)/g);
      const ruled = ruledOf(pipe.lines(), row.isAnswer ? 'server' : 'client');
      expect(ruled.flatMap(({ hits }) => hits.map(({ action }) => action))).toEqual(actions);
      expect(ruled.map(({ dropped }) => dropped)).toEqual([asked === null]);
    });

    it('with a blocked question of the server', async () => {
      const { pipe, client } = await connected(
        '  - { id: r, when: { method: elicitation/create }, then: [{ block: { reason: no questions } }] }',
      );
      // Since 2026-07-28 a server asks in its answer.
      expect(await client.call('ask', {})).toMatch(clientOf === 2 && serverOf === 2 ? /Uma/ : /no questions/);
      expect(await client.countTools()).toBeGreaterThan(2);
      await client.close();
      await pipe.ended();
    });
  },
);

async function resumeNext({ pauses, listener }: RuledPipe): Promise<void> {
  await expect.poll(() => pauses.length).toBe(1);
  const [event] = pauses;
  if (event?.type === 'paused') listener.resume(event.message.id);
}

/** Arguments of the calls of `add` that the server got. */
function callsIn({ server }: RuledPipe): unknown[] {
  return server.messages.flatMap(({ method, params }) =>
    method === 'tools/call' && params?.name === 'add' ? [params.arguments] : [],
  );
}
