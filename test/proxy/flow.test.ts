import { createHash, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTunnel, Peer, type RawTlsServer, secure, startRawTlsServer } from '../support/raw-tls.js';
import { ours, startTestProxy, type TestProxy, upstreamContext } from './support/harness.js';

const MB = 1024 * 1024;
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

let server: RawTlsServer;
let proxy: TestProxy;
/** Bytes that the proxy read from each side. */
let taken: { client: number; upstream: number };
beforeAll(async () => {
  server = await startRawTlsServer(upstreamContext());
});
afterAll(() => server.close());
beforeEach(async () => {
  taken = { client: 0, upstream: 0 };
  proxy = await startTestProxy({
    openObserver: () => ({
      clientBytes: (chunk) => {
        taken.client += chunk.length;
      },
      upstreamBytes: (chunk) => {
        taken.upstream += chunk.length;
      },
      forwarded: () => {},
      delivered: () => {},
      clientEnded: () => {},
      upstreamEnded: () => {},
      closed: () => {},
    }),
  });
});
afterEach(() => proxy.close());

async function pair(): Promise<[client: Peer, upstream: Peer]> {
  const tunnel = await openTunnel(proxy.port, `localhost:${server.port}`);
  const [opened, upstream] = await Promise.all([secure(tunnel, { ca: ours.certificatePem }), server.accept()]);
  return [new Peer(opened), upstream];
}

/** Waits until the number has stayed the same for many turns of the event loop. */
async function settled(read: () => number): Promise<number> {
  for (let last = read(), still = 0; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    still = read() === last ? still + 1 : 0;
    last = read();
    if (still === 20) return last;
  }
}

describe('large bodies', () => {
  it('32 MB pass both ways at once, unchanged', async () => {
    const [client, upstream] = await pair();
    const bytes = randomBytes(32 * MB);
    void client.send(bytes);
    void upstream.send(bytes);
    client.fin();
    upstream.fin();
    await Promise.all([client.ended, upstream.ended]);
    expect(sha256(client.received)).toBe(sha256(bytes));
    expect(sha256(upstream.received)).toBe(sha256(bytes));
  });

  it.each(['client', 'upstream'] as const)('50 MB for a %s that does not read wait at their source', async (slow) => {
    const [client, upstream] = await pair();
    const [reader, writer] = slow === 'client' ? [client, upstream] : [upstream, client];
    reader.stream.pause();
    const bytes = Buffer.alloc(50 * MB, 'x');
    void writer.send(bytes);
    writer.fin();
    const held = await settled(() => taken.client + taken.upstream);
    // What the kernel's socket buffers take (up to 6 MB each way with Linux's defaults), and our own 128 KB or so.
    expect(held).toBeLessThan(20 * MB);
    reader.stream.resume();
    await reader.ended;
    expect(reader.received.length).toBe(bytes.length);
  });
});

describe('a side that leaves', () => {
  it('a client that resets during a stream resets upstream at once, although it has unread bytes', async () => {
    const [client, upstream] = await pair();
    client.stream.pause();
    void upstream.send(Buffer.alloc(50 * MB, 'x'));
    await settled(() => taken.upstream);
    client.reset();
    expect(await upstream.ended).toBe('reset');
  });

  it('an upstream that resets is a reset for the client, after the bytes before it', async () => {
    const [client, upstream] = await pair();
    await upstream.send(Buffer.alloc(100_000, 'x'));
    await client.receives(100_000);
    upstream.reset();
    expect(await client.ended).toBe('reset');
  });
});
