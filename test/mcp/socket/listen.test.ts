import { mkdtemp } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectionId } from '../../../src/mcp/connection-id.js';
import { Observation } from '../../../src/mcp/shim/observation.js';
import { encodeFrame, PROTOCOL_VERSION } from '../../../src/mcp/socket/frames.js';
import { listenForShims, type ShimServer } from '../../../src/mcp/socket/listen.js';
import type { McpEvent, McpLine } from '../../../src/wire/index.js';
import { removeFolder } from '../../support/remove-folder.js';

async function socketPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'listen-'));
  onTestFinished(() => removeFolder(folder));
  return join(folder, 's');
}

/** A listener and what it emitted. */
async function listening(path: string): Promise<{ server: ShimServer; events: McpEvent[] }> {
  const events: McpEvent[] = [];
  const server = await listenForShims(path, (event) => events.push(event));
  onTestFinished(() => server.close());
  return { server, events };
}

function shim(path: string, connection = connectionId(1)): Observation {
  const hello = { version: PROTOCOL_VERSION, connection, name: 'tickets', scope: 'user', target: 'node' };
  // A busy machine may take longer to read the last frames than a shim waits.
  return new Observation(path, { ...hello, sessionId: 'session-1', at: 5 }, { closeMs: 10_000 });
}

const linesOf = (events: readonly McpEvent[]): McpLine[] =>
  events.flatMap((event) => (event.type === 'mcp_lines' ? event.lines : []));
const textsOf = (events: readonly McpEvent[]) => linesOf(events).map(({ bytes }) => Buffer.from(bytes).toString());
const closedOf = (events: readonly McpEvent[]) => events.filter(({ type }) => type === 'mcp_closed');

describe('the listener of a run', () => {
  it('reports a connection, its lines in order, and its end, each with an id of its own', async () => {
    const path = await socketPath();
    const { events } = await listening(path);
    const connection = connectionId(1);
    const observed = shim(path, connection);
    observed.see('client', Buffer.from('{"id":1}\n{"id":2}\n'), 6);
    observed.see('server', Buffer.from('{"id":1,"result":{}}\r\nend'), 7);
    await observed.close('exit code 3', 8);
    await expect.poll(() => closedOf(events)).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: 'mcp_opened',
      connection,
      name: 'tickets',
      scope: 'user',
      target: 'node',
      at: 5,
    });
    expect(events[0]).toMatchObject({ sessionId: 'session-1' });
    expect(linesOf(events).map(({ sender, at }) => [sender, at])).toEqual([
      ['client', 6],
      ['client', 6],
      ['server', 7],
      ['server', 8],
    ]);
    expect(textsOf(events)).toEqual(['{"id":1}', '{"id":2}', '{"id":1,"result":{}}', 'end']);
    expect(events.at(-1)).toMatchObject({ type: 'mcp_closed', connection, exit: 'exit code 3', lost: 0, at: 8 });
    expect(new Set(events.map(({ exchange }) => exchange)).size).toBe(events.length);
  });

  it('puts at most 256 lines or 1 MB into one record', async () => {
    const path = await socketPath();
    const { events } = await listening(path);
    const observed = shim(path);
    observed.see('client', Buffer.from('{}\n'.repeat(1_000)), 1);
    for (let index = 0; index < 30; index += 1) observed.see('server', Buffer.from(`${'x'.repeat(99_999)}\n`), 2);
    await observed.close('exit code 0', 3);
    await expect.poll(() => closedOf(events)).toMatchObject([{ exit: 'exit code 0', lost: 0 }]);
    const records = events.flatMap((event) => (event.type === 'mcp_lines' ? [event.lines] : []));
    expect(linesOf(events)).toHaveLength(1_030);
    for (const lines of records) {
      expect(lines.length).toBeLessThanOrEqual(256);
      expect(lines.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(1024 * 1024);
    }
  });

  it('a shim that ends without a word has its connection closed', async () => {
    const path = await socketPath();
    const { events } = await listening(path);
    const socket = createConnection(path);
    const hello = {
      version: PROTOCOL_VERSION,
      connection: connectionId(1),
      name: 'x',
      scope: 'no such scope',
      target: 'node',
    };
    for (const part of encodeFrame({ type: 'hello', hello: { ...hello, sessionId: null, at: 1 } })) socket.write(part);
    for (const part of encodeFrame({ type: 'bytes', sender: 'client', at: 2, bytes: Buffer.from('last') }))
      socket.write(part);
    await expect.poll(() => events).toHaveLength(1);
    socket.destroy();
    await expect.poll(() => closedOf(events)).toMatchObject([{ exit: null, lost: 0 }]);
    expect(events[0]).toMatchObject({ type: 'mcp_opened', scope: null });
    expect(textsOf(events)).toEqual(['last']);
  });

  it.each([
    ['that is not of our protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['that says no hello', Buffer.concat(encodeFrame({ type: 'gap', sender: 'client' }))],
    ['that frames too much', Buffer.from([1, 0xff, 0xff, 0xff, 0x7f, 0])],
  ])('refuses a peer %s, and goes on', async (_title, bytes) => {
    const path = await socketPath();
    const { events } = await listening(path);
    const socket = createConnection(path);
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.write(bytes);
    await closed;
    await shim(path).close('exit code 0', 1);
    await expect.poll(() => events.map(({ type }) => type)).toEqual(['mcp_opened', 'mcp_closed']);
  });

  it('is closed by shims that connect again to the next listener, and no line is lost or there twice', async () => {
    const path = await socketPath();
    const first = await listening(path);
    const observed = shim(path);
    observed.see('client', Buffer.from('one\n'), 1);
    await expect.poll(() => textsOf(first.events)).toEqual(['one']);
    // Until the shim knows.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await first.server.close();
    observed.see('client', Buffer.from('two\n'), 2);
    const second = await listening(path);
    await expect.poll(() => textsOf(second.events)).toEqual(['two']);
    await observed.close('exit code 0', 3);
    await expect.poll(() => closedOf(second.events)).toMatchObject([{ lost: 0 }]);
    expect(second.events[0]).toMatchObject({
      type: 'mcp_opened',
      connection: first.events[0]?.type === 'mcp_opened' && first.events[0].connection,
    });
  });

  it('reads for a moment what shims send while it closes', async () => {
    const path = await socketPath();
    const { server, events } = await listening(path);
    const observed = shim(path);
    await expect.poll(() => events).toHaveLength(1);
    const closing = server.close();
    observed.see('server', Buffer.from('late\n'), 1);
    await observed.close('SIGTERM', 2);
    await closing;
    expect(textsOf(events)).toEqual(['late']);
    expect(closedOf(events)).toMatchObject([{ exit: 'SIGTERM' }]);
  });

  it('replaces the socket that a listener before it left behind', async () => {
    const path = await socketPath();
    await listening(path);
    const { events } = await listening(path);
    await shim(path).close('exit code 0', 1);
    await expect.poll(() => closedOf(events)).toHaveLength(1);
  });

  it('says why it cannot listen', async () => {
    await expect(listenForShims('/no/such/folder/s', () => {})).rejects.toThrow(/ENOENT|EACCES/);
  });
});
