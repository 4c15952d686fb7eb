import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tapeHar } from '../../../src/export/tapes/har.js';
import { tapeMermaid } from '../../../src/export/tapes/mermaid.js';
import { readTape, writeTape } from '../../../src/mcp/tape/index.js';
import type { TapeFrame, TapeHead } from '../../../src/model/tape.js';
import { CALL, framesOf, tapeFolder, tapeHead } from '../../mcp/tape/support/tapes.js';
import { harProblems } from '../support/har-problems.js';

async function exported(
  write: typeof tapeHar,
  frames: readonly TapeFrame[],
  head: Partial<TapeHead> = {},
): Promise<string> {
  const file = join(tapeFolder(), 'a.tape.jsonl');
  await writeTape(file, tapeHead(head), frames);
  const pieces: string[] = [];
  for await (const piece of write(await readTape(file))) pieces.push(piece);
  return pieces.join('');
}

interface Entry {
  startedDateTime: string;
  time: number;
  request: { method: string; url: string; httpVersion: string; postData?: { text: string } };
  response: { status: number; content: { text?: string; mimeType: string; encoding?: string } };
  _mcp: { sender: string; method: string | null; frames: number[] };
}

async function entriesOf(frames: readonly TapeFrame[], head: Partial<TapeHead> = {}): Promise<Entry[]> {
  const document = JSON.parse(await exported(tapeHar, frames, head));
  expect(harProblems(document)).toEqual([]);
  return document.log.entries;
}

const HTTP = { name: 'wiki', transport: 'http' as const, command: null, url: 'https://wiki.example/mcp' };

/** Frames with the exchange that carried each. */
function overHttp(...given: [exchange: string, message: string | Buffer, status?: number][]): TapeFrame[] {
  return framesOf(...given.map(([, message]) => message)).map((frame, index) => {
    const [exchange = '', , status] = given[index] ?? [];
    return { ...frame, http: { exchange, method: 'POST', ...(status !== undefined && { status }) } };
  });
}

describe('HAR of a tape', () => {
  it('of stdio has a request with its answer as an entry, and other messages alone', async () => {
    const entries = await entriesOf(
      framesOf(
        ...CALL,
        '<{"jsonrpc":"2.0","id":2,"method":"roots/list"}',
        '{"jsonrpc":"2.0","id":2,"result":{"roots":[]}}',
        '<not JSON',
        '{"jsonrpc":"2.0","id":"é ?","method":"prompts/get","params":{"name":"a/b"}}',
        '<{"jsonrpc":"2.0","id":77,"result":{}}',
      ),
    );
    expect(
      entries.map(({ request, response, _mcp }) => [request.url, response.status, _mcp.sender, _mcp.frames]),
    ).toEqual([
      ['stdio://serena/initialize', 200, 'client', [0, 1]],
      ['stdio://serena/notifications/initialized', 202, 'client', [2]],
      ['stdio://serena/tools/call/find_symbol', 200, 'client', [3, 4]],
      ['stdio://serena/roots/list', 200, 'server', [5, 6]],
      ['stdio://serena/message', 202, 'server', [7]],
      ['stdio://serena/message', 202, 'server', [9]],
      ['stdio://serena/prompts/get/a%2Fb', 0, 'client', [8]],
    ]);
    expect(entries[2]).toMatchObject({
      startedDateTime: '2026-11-30T03:45:00.031Z',
      time: 10.5,
      request: { method: 'POST', httpVersion: 'stdio', postData: { text: CALL[3] } },
      response: { content: { mimeType: 'application/json', text: CALL[4]?.slice(1) } },
    });
  });

  it('of HTTP has an entry for each exchange', async () => {
    const frames = overHttp(
      ['get', '<{"method":"notifications/message"}', 200],
      ['a', '{"id":1,"method":"tools/call","params":{"name":"x"}}'],
      ['b', '{"method":"notifications/cancelled"}', 202],
      ['a', '<{"method":"notifications/progress"}', 200],
      ['a', '<{"id":1,"result":{}}', 200],
      ['c', Buffer.from([0xff, 0xfe])],
      ['get', '<{"method":"notifications/tools/list_changed"}', 200],
    );
    const entries = await entriesOf(frames, { server: HTTP });
    expect(entries.map(({ response, _mcp }) => [response.status, _mcp.method, _mcp.frames])).toEqual([
      [202, 'notifications/cancelled', [2]],
      [200, 'tools/call', [1, 3, 4]],
      [202, null, [5]],
      [200, 'notifications/message', [0, 6]],
    ]);
    expect(entries[1]?.response.content).toMatchObject({
      mimeType: 'text/event-stream',
      text: 'data: {"method":"notifications/progress"}\n\ndata: {"id":1,"result":{}}\n\n',
    });
    expect(entries[1]?.request.url).toBe('https://wiki.example/mcp');
    expect(entries[2]?.request.postData?.text).toBe('//4=');
  });

  it('has the last possible date for later frames', async () => {
    const frames = framesOf('{}').map((frame) => ({ ...frame, at: 1e300 }));
    expect(await entriesOf(frames)).toMatchObject([{ startedDateTime: '9999-12-31T23:59:59.999Z' }]);
  });

  it('is valid for any messages, and has each frame once', async () => {
    const message = fc.oneof(
      fc.record({ id: fc.constantFrom(1, 2, '1'), method: fc.constantFrom('tools/call', 'ping') }),
      fc.record({ id: fc.constantFrom(1, 2, '1'), result: fc.constant({}) }),
      fc.record({ method: fc.string({ unit: 'binary' }) }),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const frame = fc.tuple(message, fc.constantFrom('', '<'), fc.constantFrom(undefined, 'a', 'b'));
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 12 }), async (given) => {
        const frames = framesOf(...given.map(([each, sender]) => `${sender}${JSON.stringify(each)}`)).map(
          (each, index) => {
            const exchange = given[index]?.[2];
            return exchange === undefined ? each : { ...each, http: { exchange } };
          },
        );
        const entries = await entriesOf(frames);
        const seen = entries.flatMap(({ _mcp }) => _mcp.frames).toSorted((a, b) => a - b);
        expect(seen).toEqual(frames.map(({ seq }) => seq));
      }),
      { numRuns: 60 },
    );
  });
});

describe('Mermaid of a tape', () => {
  it('is a sequence diagram', async () => {
    const failed = '<{"jsonrpc":"2.0","id":9,"error":{"code":-32601,"message":"no"}}';
    expect(await exported(tapeMermaid, framesOf(...CALL, failed))).toBe(
      [
        'sequenceDiagram',
        '    participant C as claude-code',
        '    participant S as serena',
        '    C->>S: initialize (id 1, 0 ms)',
        '    S-->>C: result of initialize (id 1, 11 ms)',
        '    C->>S: notifications/initialized (21 ms)',
        '    C->>S: tools/call find_symbol (id 2, 32 ms)',
        '    S-->>C: result of tools/call find_symbol (id 2, 42 ms)',
        '    S--xC: error of unknown request (id 9, 53 ms)',
        '',
      ].join('\n'),
    );
  });

  it('lets no text of a server begin anything else', async () => {
    const name = 'x\nend %% <script>alert(1)</script>; Note over C: #quot; `a` "b" ‮\u001b[31m';
    const text = await exported(
      tapeMermaid,
      framesOf(JSON.stringify({ id: name, method: 'tools/call', params: { name } })),
      { server: { ...HTTP, name }, client: { name, version: null } },
    );
    const lines = text.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    for (const line of lines.slice(1)) {
      expect(line.replace(/#\d+;/g, '')).toMatch(/^ {4}(participant [CS] as |C->>S: )[\p{L}\p{N} _.,/()-]*$/u);
    }
  });

  it('counts messages that do not fit', async () => {
    const text = await exported(tapeMermaid, framesOf(...Array.from({ length: 3_000 }, () => '{"method":"ping"}')));
    expect(text.length).toBeLessThan(50_000);
    const shown = text.match(/ping/g)?.length ?? 0;
    expect(text).toContain(`Note over C,S: ${3_000 - shown} more messages`);
  });
});
