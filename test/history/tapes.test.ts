import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { storedTapes } from '../../src/history/tapes.js';
import { readTape, writeTape } from '../../src/mcp/tape/index.js';
import type { TapeFrame } from '../../src/model/tape.js';
import { openDatabase, openReader } from '../../src/store/index.js';
import { tapeFolder } from '../mcp/tape/support/tapes.js';
import { aConnection, aMessage } from '../store/support/mcp-records.js';
import { anAttribution, aRequest, aResponse } from '../store/support/records.js';
import { startedStore } from '../store/support/started-store.js';

const T = 1_764_471_900_123.25;
const plain = ({ bytes, ...frame }: TapeFrame) => ({ ...frame, bytes: Buffer.from(bytes).toString('latin1') });

function stored() {
  const { file, store, run } = startedStore();
  const tickets = aConnection(run.id, { name: 'tickets', sessionId: 's-1', target: 'node', startedAt: T - 50 });
  const wiki = aConnection(run.id, {
    name: 'wiki',
    transport: 'http',
    target: 'https://wiki.example/mcp',
    startedAt: T,
  });
  const other = aConnection(run.id, { sessionId: 's-2', startedAt: T + 1 });
  store.saveMcp([tickets, wiki, other].map((connection) => ({ type: 'connection', connection })));
  return { file, store, run, tickets, wiki, other };
}

describe('the tapes of a store', () => {
  it('have the stored bytes, times with fractions and flags, across batches', async () => {
    const { file, store, run, tickets } = stored();
    const texts = ['{"id":1,"method":"a"}', '{ "id" : 1.0 }', 'no JSON', Buffer.from([0xff, 0x00]), ''];
    const messages = Array.from({ length: 120 }, (_, index) =>
      aMessage(tickets.id, {
        at: T + Math.floor(index / 2) * 0.125,
        sender: index % 3 === 0 ? 'client' : 'server',
        bytes: Buffer.from(texts[index % texts.length] ?? ''),
        redacted: index === 1,
        altered: index === 2,
        synthetic: index === 3,
        truncated: index === 4,
      }),
    );
    store.saveMcp(messages.map((message) => ({ type: 'message', message })));
    store.close();
    const [tape, ...others] = storedTapes(openReader(file), { sessionId: 's-1' });
    expect(others).toEqual([]);
    if (tape === undefined) throw new Error('no tape');
    expect(tape.head).toMatchObject({
      tape: 1,
      id: tickets.id.replace('mcps_', 'tape_'),
      created_at: new Date(T).toISOString(),
      session: 's-1',
      server: {
        name: 'tickets',
        transport: 'stdio',
        command: 'node',
        url: null,
        info: { name: 'Serena', version: null },
      },
      client: { name: 'claude-code', version: '2.1.332' },
      protocol: '2025-11-25',
      era: 'legacy',
      tags: [],
    });
    const path = join(tapeFolder(), 'a.tape.jsonl.gz');
    await writeTape(path, tape.head, tape.frames);
    const frames: TapeFrame[] = [];
    for await (const frame of (await readTape(path)).frames) frames.push(frame);
    expect(frames.map(plain)).toEqual(
      messages.map(({ at, sender, bytes, redacted, altered, synthetic, truncated }, seq) => ({
        seq,
        at: at - T,
        dir: sender === 'client' ? 'c' : 's',
        bytes: Buffer.from(bytes).toString('latin1'),
        ...(redacted && { redacted }),
        ...(altered && { altered }),
        ...(synthetic && { synthetic }),
        ...(truncated && { truncated }),
      })),
    );
    expect([...storedTapes(openReader(file), { runId: run.id })].map(({ head }) => head.server.name)).toEqual([
      'serena',
      'wiki',
      'tickets',
    ]);
  });

  it('say of HTTP which exchange carried a message', () => {
    const { file, store, run, wiki } = stored();
    const request = aRequest(run.id, { kind: 'mcp', url: 'https://wiki.example/mcp', method: 'POST' });
    store.saveRequest(request);
    store.saveResponse(aResponse(request), anAttribution([]));
    const of = (exchange: string, sender: 'client' | 'server') =>
      aMessage(wiki.id, { exchange, sender, bytes: Buffer.from('{}'), at: T });
    store.saveMcp(
      [of(request.correlationId, 'client'), of(request.correlationId, 'server'), of('gone', 'client')].map(
        (message) => ({ type: 'message', message }),
      ),
    );
    store.close();
    const [tape] = storedTapes(openReader(file), { server: 'wiki' });
    expect(tape?.head.server).toMatchObject({ command: null, url: 'https://wiki.example/mcp' });
    expect([...(tape?.frames ?? [])].map(({ http }) => http)).toEqual([
      { exchange: request.correlationId, method: 'POST', url: 'https://wiki.example/mcp' },
      { exchange: request.correlationId, method: 'POST', status: 200 },
      { exchange: 'gone' },
    ]);
  });

  it('leave out and count messages whose content is damaged', () => {
    const { file, store, tickets } = stored();
    const messages = ['{"id":1}', '{"id":2}'].map((text, index) =>
      aMessage(tickets.id, { bytes: Buffer.from(text), at: T + index }),
    );
    store.saveMcp(messages.map((message) => ({ type: 'message', message })));
    store.close();
    const db = openDatabase(file, { readonly: false });
    db.pragma('foreign_keys = OFF');
    db.exec('UPDATE mcp_messages SET content = 999999 WHERE n = 1');
    db.close();
    const [tape] = storedTapes(openReader(file), { server: 'tickets' });
    expect([...(tape?.frames ?? [])].map(plain)).toEqual([{ seq: 0, at: 1, dir: 'c', bytes: '{"id":2}' }]);
    expect(tape?.damaged).toBe(1);
  });
});
