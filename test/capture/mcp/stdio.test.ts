import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { McpSender } from '../../../src/model/mcp.js';
import type { McpEvent, McpLine } from '../../../src/wire/wire-event.js';
import { recorded } from './support/recorded.js';

const OPENED: McpEvent = {
  type: 'mcp_opened',
  exchange: '01kbac0000aaaaaaaaaaaaaaaa',
  connection: '01kbac0000bbbbbbbbbbbbbbbb',
  name: 'files',
  scope: 'project',
  target: 'files-server',
  sessionId: 'session',
  at: 10,
};

function line(sender: McpSender, message: object | string, at = 20): McpLine {
  const bytes = Buffer.from(typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message }));
  return { sender, bytes, size: bytes.length, truncated: false, at };
}

function lines(exchange: string, ...seen: McpLine[]): McpEvent {
  return { type: 'mcp_lines', exchange, connection: '01kbac0000bbbbbbbbbbbbbbbb', at: 20, lines: seen };
}

function closed(lost = 0): McpEvent {
  const exchange = '01kbac0000zzzzzzzzzzzzzzzz';
  return { type: 'mcp_closed', exchange, connection: '01kbac0000bbbbbbbbbbbbbbbb', exit: 'SIGTERM', lost, at: 99 };
}

const CONVERSATION: McpLine[] = [
  line('client', { id: 0, method: 'initialize', params: { clientInfo: { name: 'claude-code', version: '2' } } }),
  line('server', { id: 0, result: { protocolVersion: '2025-11-25', serverInfo: { name: 'f', version: '1' } } }, 21.5),
  line('client', { method: 'notifications/initialized' }),
  line('client', { id: 1, method: 'tools/list' }),
  line('server', { id: 1, result: { tools: [{ name: 'read', description: 'Reads' }] } }),
  line(
    'client',
    { id: 2, method: 'tools/call', params: { name: 'read', _meta: { 'claudecode/toolUseId': 'toolu_1' } } },
    30,
  ),
  line('server', 'Warning: no JSON'),
  line('server', { id: 2, result: { content: [{ type: 'text', text: 'hello' }] } }, 35.25),
];

const FIRST_RECORD = '01kbac0001aaaaaaaaaaaaaaaz';

describe('a connection of a shim', () => {
  it('is written with its messages, calls and definitions', () => {
    const { recorder, jobs, connections, messages, calls, definitions, said } = recorded();
    recorder.handle(OPENED);
    expect(connections()).toMatchObject([
      { id: 'mcps_01kbac0000bbbbbbbbbbbbbbbb', readyAt: null, sessionId: 'session' },
    ]);
    recorder.handle(lines(FIRST_RECORD, ...CONVERSATION));
    recorder.handle(closed(3));
    expect(connections()).toEqual([
      {
        id: 'mcps_01kbac0000bbbbbbbbbbbbbbbb',
        runId: 'run_01kbac0000abcdefghjkmnpqrs',
        sessionId: 'session',
        name: 'files',
        scope: 'project',
        transport: 'stdio',
        target: 'files-server',
        era: 'legacy',
        protocol: '2025-11-25',
        client: { name: 'claude-code', version: '2' },
        server: { name: 'f', version: '1' },
        startedAt: 10,
        readyAt: 21.5,
        endedAt: 99,
        exit: 'SIGTERM',
        lost: 3,
        synthetic: false,
      },
    ]);
    expect(said()).toEqual([
      'client request initialize',
      'server response initialize',
      'client notification notifications/initialized',
      'client request tools/list',
      'server response tools/list',
      'client request tools/call',
      'server malformed null',
      'server response tools/call',
    ]);
    expect(
      messages()
        .map(({ id }) => id)
        .slice(0, 3),
    ).toEqual([
      'mcpm_01kbac0001aaaaaaaaaaaaaaaz',
      'mcpm_01kbac0001aaaaaaaaaaaaaab0',
      'mcpm_01kbac0001aaaaaaaaaaaaaab1',
    ]);
    expect(messages()[5]).toMatchObject({ rpcId: 2, name: 'read', exchange: null, at: 30, redacted: false });
    expect(messages().map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(
      CONVERSATION.map(({ bytes }) => Buffer.from(bytes).toString()),
    );
    expect(calls()).toMatchObject([
      {
        id: 'mcpc_01kbac0001aaaaaaaaaaaaaab4',
        toolUseId: 'toolu_1',
        state: 'ok',
        sentAt: 30,
        answeredAt: 35.25,
        tokensSaid: 5,
      },
    ]);
    expect(definitions()).toMatchObject([
      { name: 'read', bytesSaid: 5, connectionId: 'mcps_01kbac0000bbbbbbbbbbbbbbbb' },
    ]);
    // The record that opens a connection is stored when it ends: until then, a new recorder needs it.
    expect(jobs.map(({ record }) => record)).toEqual([null, FIRST_RECORD, OPENED.exchange, closed().exchange]);
  });

  it('gives the same rows, however its lines are divided into records', () => {
    const whole = recorded();
    whole.recorder.handle(OPENED);
    whole.recorder.handle(lines(FIRST_RECORD, ...CONVERSATION));
    const expected = {
      said: whole.said(),
      connections: whole.connections(),
      states: whole.calls().map(({ state }) => state),
    };
    fc.assert(
      fc.property(fc.array(fc.nat({ max: CONVERSATION.length }), { maxLength: 6 }), (cuts) => {
        const parts = recorded();
        parts.recorder.handle(OPENED);
        const ends = [...cuts, CONVERSATION.length].sort((a, b) => a - b);
        for (const [index, end] of ends.entries()) {
          const part = CONVERSATION.slice(ends[index - 1] ?? 0, end);
          parts.recorder.handle(lines(`01kbac000${index}aaaaaaaaaaaaaaaa`, ...part));
        }
        expect({
          said: parts.said(),
          connections: parts.connections(),
          states: parts.calls().map(({ state }) => state),
        }).toEqual(expected);
      }),
    );
  });

  it('gives the same rows when its events are read again', () => {
    const events = [OPENED, lines(FIRST_RECORD, ...CONVERSATION), closed()];
    const [first, second] = [recorded(), recorded()];
    for (const event of events) first.recorder.handle(event);
    for (const event of events) second.recorder.handle(event);
    expect(second.jobs).toEqual(first.jobs);
  });

  it('is written before each batch of its messages, since an earlier write may have been lost', () => {
    const { recorder, jobs } = recorded();
    recorder.handle(OPENED);
    recorder.handle(lines(FIRST_RECORD, ...CONVERSATION.slice(0, 4)));
    recorder.handle(lines('01kbac0002aaaaaaaaaaaaaaaa', ...CONVERSATION.slice(4)));
    expect(jobs.map(({ writes }) => writes[0])).toMatchObject([
      { type: 'connection', connection: { readyAt: null } },
      { type: 'connection', connection: { readyAt: null } },
      { type: 'connection', connection: { readyAt: 21.5, server: { name: 'f' } } },
    ]);
  });

  it('ends with its recorder, and its open calls are interrupted', () => {
    const { recorder, connections, calls, jobs } = recorded();
    recorder.handle(OPENED);
    recorder.handle(lines(FIRST_RECORD, ...CONVERSATION.slice(0, 6)));
    recorder.finish(77);
    expect(connections()).toMatchObject([{ endedAt: 77, exit: null }]);
    expect(calls()).toMatchObject([{ state: 'interrupted' }]);
    expect(jobs.map(({ record }) => record)).toEqual([null, FIRST_RECORD, OPENED.exchange]);
  });

  it('counts lines that are left out as lost', () => {
    const { recorder, connections, said, jobs } = recorded();
    recorder.handle(OPENED);
    recorder.handle(lines(FIRST_RECORD, ...CONVERSATION), true);
    recorder.handle(closed(2));
    expect(said()).toEqual([]);
    expect(connections()).toMatchObject([{ lost: CONVERSATION.length + 2 }]);
    expect(jobs.map(({ record }) => record)).toContain(FIRST_RECORD);
  });

  it('that is not known costs only its own lines', () => {
    const { recorder, jobs } = recorded();
    recorder.handle(lines(FIRST_RECORD, ...CONVERSATION));
    recorder.handle(closed());
    expect(jobs).toEqual([
      { record: FIRST_RECORD, writes: [] },
      { record: closed().exchange, writes: [] },
    ]);
  });
});

describe('secrets', () => {
  const SECRET = 'hunter2-hunter2-hunter2';
  const DIGITS = '123456789012345';

  it('are in none of the rows, and what was JSON is JSON', () => {
    const { recorder, jobs, messages, calls } = recorded({ secrets: [SECRET, DIGITS] });
    recorder.handle({ ...OPENED, name: SECRET, target: SECRET } as McpEvent);
    recorder.handle(
      lines(
        FIRST_RECORD,
        line('client', { id: SECRET, method: 'initialize', params: { clientInfo: { name: SECRET, version: SECRET } } }),
        line('server', {
          id: SECRET,
          result: { protocolVersion: SECRET, serverInfo: { name: SECRET, version: SECRET } },
        }),
        line('client', {
          id: 1,
          method: 'tools/call',
          params: { name: SECRET, _meta: { 'claudecode/toolUseId': SECRET } },
        }),
        line(
          'server',
          `{"id":1,"result":{"content":[],"n":${DIGITS},"m":[-1${DIGITS}.5,{"a":${DIGITS}}],"s":"${DIGITS}"}}`,
        ),
        line('client', {
          id: 2,
          method: 'resources/read',
          params: { uri: `https://user:${SECRET}@host/?token=abcdefghijklm` },
        }),
        line('server', `no JSON ${SECRET}`),
      ),
    );
    recorder.handle(closed());
    const written = JSON.stringify(jobs, (_, value) =>
      value?.type === 'Buffer' ? Buffer.from(value).toString() : value,
    );
    expect(written).not.toContain(SECRET);
    expect(written).not.toContain(DIGITS);
    for (const { bytes, kind, redacted, size } of messages()) {
      const text = Buffer.from(bytes).toString();
      expect(redacted).toBe(true);
      expect(size).toBeGreaterThan(0);
      if (kind !== 'malformed') expect(() => JSON.parse(text)).not.toThrow();
    }
    expect(calls().map(({ state, toolUseId }) => [state, toolUseId])).toEqual([
      ['ok', expect.stringMatching(/^\[redacted:/)],
      ['interrupted', null],
    ]);
    expect(calls()[1]?.name).not.toContain('abcdefghijklm');
  });

  it.each([
    ['resources/read', { uri: 'URL' }],
    ['resources/subscribe', { uri: 'URL' }],
    ['tools/call', { name: 'URL' }],
    ['completion/complete', { ref: { type: 'ref/resource', uri: 'URL' }, argument: {} }],
    ['elicitation/create', { mode: 'url', url: 'URL' }],
    ['notifications/resources/updated', { uri: 'URL' }],
  ])(
    'of the URL that %s names are not in that message, the first of the connection, or its answer',
    (method, params) => {
      const { recorder, messages } = recorded();
      const url = `https://bob:${SECRET}@host/x?token=tok-${SECRET}`;
      const withUrl = JSON.stringify({ id: 1, method, params }).replace('URL', url);
      recorder.handle(OPENED);
      // One before it in its batch.
      const before = JSON.stringify({ method: 'x', params: { text: `bob:${SECRET}` } });
      recorder.handle(
        lines(FIRST_RECORD, line('client', `[${before},${withUrl}]`), line('server', { id: 1, result: { uri: url } })),
      );
      expect(messages()).toHaveLength(3);
      for (const { bytes, redacted } of messages()) {
        expect(Buffer.from(bytes).toString()).not.toContain(SECRET);
        expect(redacted).toBe(true);
      }
    },
  );

  it('that the end of a message cuts are replaced too', () => {
    const { recorder, messages } = recorded({ secrets: [SECRET] });
    recorder.handle(OPENED);
    const bytes = Buffer.from(`{"id":1,"method":"x","params":{"a":"hunter2-hunter2`);
    recorder.handle(lines(FIRST_RECORD, { sender: 'client', bytes, size: 99_000_000, truncated: true, at: 1 }));
    expect(messages()).toMatchObject([
      { kind: 'request', rpcId: 1, size: 99_000_000, truncated: true, redacted: true },
    ]);
    expect(Buffer.from(messages()[0]?.bytes ?? []).toString()).not.toContain('hunter2');
  });
});
