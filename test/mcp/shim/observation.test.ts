import { describe, expect, it, onTestFinished } from 'vitest';
import { connectionId } from '../../../src/mcp/connection-id.js';
import { MAX_LINE_BYTES, Observation } from '../../../src/mcp/shim/observation.js';
import { PROTOCOL_VERSION } from '../../../src/mcp/socket/frames.js';
import { listenForShims, type ShimListener } from '../../support/mcp/shim-listener.js';

async function listener(isReading?: boolean): Promise<ShimListener> {
  const listening = await listenForShims(isReading);
  onTestFinished(() => listening.remove());
  return listening;
}

function observation(path: string, maxPending?: number): Observation {
  const hello = { name: 'tickets', scope: null, target: 'node', sessionId: null, at: 1 };
  const options = maxPending === undefined ? {} : { maxPending };
  return new Observation(path, { version: PROTOCOL_VERSION, connection: connectionId(1), ...hello }, options);
}

const closing = ({ frames }: ShimListener) =>
  frames.flatMap((frame) => (frame.type === 'closing' ? [frame.closing] : []));

describe('Observation', () => {
  it('sends a hello, all bytes of both sides in order, and how the server ended', async () => {
    const shims = await listener();
    const observed = observation(shims.path);
    observed.see('client', Buffer.from('{"id":1}\n'), 5);
    observed.see('server', Buffer.from('{"id":1,'), 6);
    observed.see('server', Buffer.from('"result":{}}\n'), 7);
    await observed.close('exit code 0', 8);
    await expect.poll(() => closing(shims)).toEqual([{ exit: 'exit code 0', lost: 0, at: 8 }]);
    expect(shims.frames[0]).toMatchObject({ type: 'hello', hello: { name: 'tickets' } });
    expect(shims.bytesOf('client')).toBe('{"id":1}\n');
    expect(shims.bytesOf('server')).toBe('{"id":1,"result":{}}\n');
  });

  it('keeps what it saw until the listener is there', async () => {
    const shims = await listener();
    await shims.stop();
    const observed = observation(shims.path);
    observed.see('client', Buffer.from('early\n'), 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await shims.listen();
    await expect.poll(() => shims.bytesOf('client')).toBe('early\n');
    await observed.close('exit code 0', 2);
    await expect.poll(() => closing(shims)).toMatchObject([{ lost: 0 }]);
  });

  it('drops whole lines of what does not fit, and counts them', async () => {
    const shims = await listener();
    await shims.stop();
    const observed = observation(shims.path, 2_000);
    observed.see('client', Buffer.from('whole\nbegun'), 1);
    observed.see('client', Buffer.alloc(3_000, 'x'), 2);
    observed.see('client', Buffer.from('end\nlost\nal'), 3);
    observed.see('client', Buffer.from('so\nnext\n'), 4);
    // "begun…end" is lost. The others fit again.
    await shims.listen();
    await expect.poll(() => shims.bytesOf('client')).toBe('whole\nbegunlost\nalso\nnext\n');
    await observed.close('exit code 0', 5);
    await expect.poll(() => closing(shims)).toMatchObject([{ lost: 1 }]);
    const types = shims.frames.map(({ type }) => type);
    expect(types).toEqual(['hello', 'bytes', 'gap', 'bytes', 'bytes', 'closing']);
  });

  it('counts every line that a listener which reads nothing did not get', async () => {
    const shims = await listener(false);
    const observed = observation(shims.path, 100_000);
    const line = Buffer.alloc(1_000, 'x');
    line[999] = 0x0a;
    for (let index = 0; index < 3_000; index += 1) {
      observed.see('server', Buffer.from(line), index);
      if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const before = observed.lost;
    expect(before).toBeGreaterThan(1_000);
    await shims.stop();
    await expect.poll(() => observed.lost).toBe(3_000);
    await observed.close('exit code 0', 1);
  });

  it('connects again after a listener is gone, with whole lines, and counts only what was not read', async () => {
    const shims = await listener();
    const observed = observation(shims.path);
    observed.see('server', Buffer.from('one\ntwo\nthr'), 1);
    await expect.poll(() => shims.bytesOf('server')).toBe('one\ntwo\nthr');
    shims.acknowledge(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await shims.stop();
    shims.frames.length = 0;
    await new Promise((resolve) => setTimeout(resolve, 50));
    observed.see('server', Buffer.from('ee\nfour\n'), 2);
    await shims.listen();
    await expect.poll(() => shims.bytesOf('server')).toBe('four\n');
    await observed.close('SIGTERM', 3);
    // "two" was not acknowledged, "three" was under way.
    await expect.poll(() => closing(shims)).toEqual([{ exit: 'SIGTERM', lost: 2, at: 3 }]);
    expect(shims.frames[0]).toMatchObject({ type: 'hello' });
  });

  it('sends the beginning of a long line and the size of the rest', async () => {
    const shims = await listener();
    const observed = observation(shims.path);
    const chunk = Buffer.alloc(65_536, 'x');
    const chunks = MAX_LINE_BYTES / chunk.length + 10;
    for (let index = 0; index < chunks; index += 1) {
      observed.see('server', chunk, index);
      await new Promise((resolve) => setImmediate(resolve));
    }
    observed.see('server', Buffer.from('end\nnext\n'), 1);
    await observed.close('exit code 0', 2);
    await expect.poll(() => closing(shims)).toMatchObject([{ lost: 0 }]);
    const leftOut = shims.frames.reduce((sum, frame) => sum + (frame.type === 'left_out' ? frame.size : 0), 0);
    expect(leftOut).toBe(10 * chunk.length);
    expect(shims.bytesOf('server')).toHaveLength(MAX_LINE_BYTES + 'end\nnext\n'.length);
  });

  it('closes although there never was a listener', async () => {
    const observed = observation('/nowhere/mcp.sock');
    observed.see('client', Buffer.from('x\n'), 1);
    await expect(observed.close('exit code 0', 1)).resolves.toBeUndefined();
  });
});

describe('connectionId', () => {
  it('is a lower-case ULID of its time', () => {
    expect(connectionId(0)).toMatch(/^0{10}[0-9a-hjkmnp-tv-z]{16}$/);
    expect(connectionId(Date.UTC(2026, 0, 1)) < connectionId(Date.UTC(2026, 0, 2))).toBe(true);
  });
});
