import { Client as ModernClient, StreamableHTTPClientTransport as ModernHttp } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { play, recorded } from '../../../capture/mcp/support/recorded.js';
import { configured } from '../../../capture/rules/support.js';
import { modernServer } from '../../support/modern-server.js';
import { type RuledHttp, ruledHttp } from '../../support/ruled-http.js';
import { served, sseServer, streamableServer } from '../../support/sdk-http-servers.js';

interface Caller {
  /** The text of the result, or what the error says. */
  call(name: string, args: Record<string, unknown>, timeout?: number): Promise<string>;
}

async function outcomeOf(result: Promise<unknown>): Promise<string> {
  try {
    return ((await result) as { content: { text: string }[] }).content[0]?.text ?? '';
  } catch (error) {
    return String(error);
  }
}

async function legacy(transport: Transport): Promise<Caller> {
  const client = new Client({ name: 'one', version: '1' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { name: 'Uma' } }));
  await client.connect(transport);
  onTestFinished(() => client.close());
  return {
    call: (name, args, timeout = 10_000) =>
      outcomeOf(client.callTool({ name, arguments: args }, undefined, { timeout })),
  };
}

/** Whether the client has a stream for messages that answer no request of its own. */
function hasStream({ events }: RuledHttp): boolean {
  const streams = events.flatMap((event) =>
    event.type === 'request_head' && event.method === 'GET' ? [event.exchange] : [],
  );
  return events.some(({ type, exchange }) => type === 'response_head' && streams.includes(exchange));
}

const KINDS: Record<
  string,
  { url(): Promise<string>; transport: 'http' | 'sse'; connect(url: string, ruled: RuledHttp): Promise<Caller> }
> = {
  'JSON answers (SDK 1.x)': {
    url: () => served(streamableServer([], { enableJsonResponse: true })),
    transport: 'http',
    connect: (url, { fetch }) => legacy(new StreamableHTTPClientTransport(new URL(url), { fetch }) as Transport),
  },
  'events (SDK 1.x)': {
    url: () => served(streamableServer([])),
    transport: 'http',
    connect: (url, { fetch }) => legacy(new StreamableHTTPClientTransport(new URL(url), { fetch }) as Transport),
  },
  '2024-11-05 (SDK 1.x)': {
    url: () => served(sseServer([])),
    transport: 'sse',
    connect: (url, { fetch }) =>
      legacy(new SSEClientTransport(new URL(url), { fetch, eventSourceInit: { fetch: fetch as never } }) as Transport),
  },
  '2026-07-28 (SDK 2.x)': {
    url: () => served(modernServer()),
    transport: 'http',
    async connect(url, { fetch }) {
      const client = new ModernClient({ name: 'two', version: '2' }, { versionNegotiation: { mode: 'auto' } });
      await client.connect(new ModernHttp(new URL(url), { fetch: fetch as never }));
      onTestFinished(() => client.close());
      return {
        call: (name, args, timeout = 10_000) => outcomeOf(client.callTool({ name, arguments: args }, { timeout })),
      };
    },
  },
};

describe.each(Object.entries(KINDS))('a server with %s', (kind, { url, transport, connect }) => {
  async function connected(rules: string): Promise<{ client: Caller; ruled: RuledHttp }> {
    const address = await url();
    const ruled = await ruledHttp(`version: 1\nrules:\n${rules}`, { url: address, transport });
    return { ruled, client: await connect(address, ruled) };
  }
  it('behind every action', async () => {
    const RULES: [n: number, when: string, then: string, outcome: RegExp][] = [
      [10, '', '[{ tag: t }, { alert: a }, { redact: "$.arguments.note" }]', /^12$/],
      [20, '', '[{ delay: { ms: 30 } }]', /^22$/],
      [30, 'direction: client_to_server', '[{ modify: { set: { "$.arguments.b": 100 } } }]', /^130$/],
      [
        40,
        'kind: response',
        '[{ modify: { transform: { "$.content[0].text": { suffix: "!" } } } }, { delay: { ms: 30 } }]',
        /^42!$/,
      ],
      [
        50,
        '',
        '[{ mock: { result: { content: [{ type: text, text: "made {{ request.params.arguments.b }}" }] } } }]',
        /^made 2$/,
      ],
      [60, '', '[{ block: { reason: not here } }]', /not here/],
      [70, '', '[{ pause: {} }]', /^72$/],
      [80, '', '[{ fault: { kind: timeout, after_ms: 20 } }]', /Request timed out/],
      [90, '', '[{ fault: { kind: malformed } }]', /JSON|timed out/],
      [100, '', '[{ fault: { kind: rate_limit, retry_after_ms: 1500 } }]', /429|Rate limit/],
      [110, '', '[{ fault: { kind: slow, bytes_per_second: 5000 } }]', /^112$/],
      [120, 'kind: response', '[{ block: { reason: not this } }]', /not this/],
      [130, 'kind: response', '[{ pause: {} }]', /^132$/],
      [140, 'kind: response', '[{ fault: { kind: slow, bytes_per_second: 5000 } }]', /^142$/],
      [150, 'kind: response', '[{ fault: { kind: timeout } }]', /timed out/],
      [160, '', '[{ fault: { kind: timeout } }]', /timed out/],
      [170, '', '[{ fault: { kind: close } }]', /./],
    ];
    const { client, ruled } = await connected(
      RULES.map(
        ([n, when, then]) =>
          `  - { id: r${n}, when: { tool: add, params: { "$.arguments.a": ${n} }${when && `, ${when}`} }, then: ${then} }\n`,
      ).join(''),
    );
    const resuming = setInterval(() => {
      for (const event of ruled.pauses) if (event.type === 'paused') ruled.relay.resume(event.message.id);
    }, 20);
    onTestFinished(() => clearInterval(resuming));
    for (const [n, , , outcome] of RULES) {
      const timeout = outcome.source.includes('timed out') || n === 170 ? 700 : 20_000;
      expect([n, await client.call('add', { a: n, b: 2, note: `zorblax${n}x` }, timeout)]).toEqual([
        n,
        expect.stringMatching(outcome),
      ]);
    }
    expect(ruled.problems).toEqual([]);
    const acted = ruled.ruled().flatMap(({ ruled: { hits } }) => hits.map(({ rule }) => rule));
    expect([...new Set(acted)]).toEqual(RULES.map(([n]) => `r${n}`));
    expect(ruled.pauses.filter(({ type }) => type === 'released')).toHaveLength(2);

    await ruled.proxy.close();
    const made = recorded({ rules: configured(null, true) });
    play(made, ...ruled.events);
    made.recorder.finish(Date.now());
    expect(made.calls().map(({ name, altered }) => [name, altered])).toEqual(RULES.map(([n]) => ['add', n !== 10]));
    const stored = JSON.stringify(made.messages().map(({ bytes, original }) => [String(bytes), String(original)]));
    expect(stored).toContain('zorblax20x');
    expect(stored).not.toContain('zorblax10x');
  });

  it.skipIf(kind.includes('JSON') || kind.includes('2026'))(
    'gets the answer of a rule to its own request',
    async () => {
      const { client, ruled } = await connected(`
  - { id: quiet, when: { direction: server_to_client, method: elicitation/create }, then: [{ mock: { result: { action: decline } } }] }
`);
      // The client opens it after connecting. Until then, the server discards its own requests (SDK 1.32.2).
      await expect.poll(() => hasStream(ruled)).toBe(true);
      expect(await client.call('ask', {})).toBe('decline');
      expect(ruled.ruled().map(({ sender, ruled: { made, dropped } }) => [sender, made, dropped])).toEqual([
        ['server', false, true],
        ['client', true, false],
      ]);
    },
  );
});
