import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import type { PauseEvent } from '../../../src/model/paused-message.js';
import type { ProxyFact } from '../../../src/proxy/index.js';
import { ProxyTap } from '../../../src/runtime/threads/proxy-tap.js';
import { fakeSpawn } from './support/fake-worker.js';

const AUTHORITY = { certificatePem: 'PEM' };

async function proxyTap() {
  const threads = fakeSpawn();
  const problems: string[] = [];
  const incidents: string[] = [];
  const unstored: number[] = [];
  const pauses: PauseEvent[] = [];
  const tap = new ProxyTap(
    {
      plan: {
        interceptHosts: [],
        mcpHosts: [],
        ruledHosts: [],
        upstreamProxies: { https: null, http: null },
        noProxy: '',
        warnings: [],
      },
      authority: null,
      port: 0,
      onFact: () => {},
    },
    threads.spawn,
  );
  const starting = tap.start({
    connectRecorder: () => new MessageChannel().port1,
    noteIncident: (code, message) => incidents.push(`${code}: ${message}`),
    onUnstored: (exchanges) => unstored.push(exchanges),
    onRuleFailed: () => {},
    onRulesTaken: () => {},
    onPause: (event) => pauses.push(event),
    onProblem: (code) => problems.push(code),
  });
  return { tap, threads, starting, problems, incidents, unstored, pauses };
}

async function listeningTap(port = 4711) {
  const made = await proxyTap();
  made.threads.latest.says({ type: 'listening', port, authority: AUTHORITY });
  await made.starting;
  return made;
}

const typesTo = ({ posted }: { posted: { type: string }[] }) => posted.map(({ type }) => type);

describe('ProxyTap', () => {
  it('has an address, and a line to the recorder, once its thread listens', async () => {
    const { tap, threads } = await listeningTap();
    expect(tap.listening).toMatchObject({ port: 4711, certificatePem: 'PEM' });
    expect(typesTo(threads.latest)).toEqual(['recorder']);
  });

  it('cannot start where its thread cannot listen', async () => {
    const { tap, threads, starting } = await proxyTap();
    threads.latest.says({ type: 'cannot_start', message: 'the port is taken' });
    threads.latest.emit('exit');
    await expect(starting).rejects.toThrow(/^the port is taken$/);
    expect(() => tap.listening).toThrow('does not listen');
  });

  it('cannot start where its thread crashes', async () => {
    const { threads, starting } = await proxyTap();
    threads.latest.crashes('out of memory');
    await expect(starting).rejects.toThrow(/^the traffic thread ended before it listened \(out of memory\)$/);
    expect(threads.workers).toHaveLength(1);
  });

  it('comes back after a crash with the same port, authority and credentials', async () => {
    const { threads, problems } = await listeningTap();
    const first = threads.latest.start;
    threads.latest.crashes('boom');
    expect(threads.latest.start).toMatchObject({
      port: 4711,
      authority: AUTHORITY,
      credentials: first.credentials,
    });
    expect(problems).toEqual([]);
    threads.latest.says({ type: 'listening', port: 4711, authority: AUTHORITY });
    expect(problems).toEqual(['traffic_restarted']);
    expect(typesTo(threads.latest)).toEqual(['recorder']);
  });

  it('holds no message that only a thread which crashed knew of', async () => {
    const { threads, pauses } = await listeningTap();
    for (const id of ['pause_1', 'pause_2'] as const) {
      const message = {
        id,
        rule: 'hold',
        server: 's',
        method: null,
        name: null,
        since: 1,
        limitMs: 60_000,
        alerts: [],
      };
      threads.latest.says({ type: 'pause', event: { type: 'paused', message } });
    }
    threads.latest.says({ type: 'pause', event: { type: 'released', id: 'pause_1' } });
    threads.latest.crashes('boom');
    expect(pauses.slice(3)).toEqual([{ type: 'released', id: 'pause_2' }]);
  });

  it('serves its port as a blind tunnel after too many crashes', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const { tap, threads, problems } = await listeningTap(port);
    for (let crash = 0; crash < 4; crash++) threads.latest.crashes('boom');
    await vi.waitFor(() => expect(problems).toEqual(['traffic_blind']));
    const socket = connect(port, '127.0.0.1', () => socket.write('CONNECT example.org:443 HTTP/1.1\r\n\r\n'));
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 407/);
    socket.destroy();
    await tap.close();
  });

  it('reports a port that cannot even be served blindly', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { threads, problems } = await listeningTap((server.address() as AddressInfo).port);
    for (let crash = 0; crash < 4; crash++) threads.latest.crashes('boom');
    await vi.waitFor(() => expect(problems).toEqual(['traffic_gone']));
    server.close();
  });

  it('notes failed connections as incidents', async () => {
    const { threads, incidents } = await listeningTap();
    const failed = { type: 'failed', at: 1, failure: { kind: 'upstream', message: 'refused' } } as unknown as ProxyFact;
    threads.latest.says({ type: 'fact', fact: failed });
    threads.latest.says({
      type: 'fact',
      fact: { type: 'observer_failed', at: 2, host: 'a.example', message: 'no HTTP' },
    });
    expect(incidents).toEqual(['upstream: refused', 'observer_failed: a.example: no HTTP']);
  });

  it('closes when its thread has sent the last events, and lets it go at the end', async () => {
    const { tap, threads, unstored } = await listeningTap();
    const closing = tap.close();
    await vi.waitFor(() => expect(typesTo(threads.latest)).toEqual(['recorder', 'close']));
    threads.latest.says({ type: 'closed' });
    await closing;
    threads.latest.says({ type: 'unstored', exchanges: 2 });
    tap.end();
    expect(unstored).toEqual([2]);
    expect(typesTo(threads.latest)).toEqual(['recorder', 'close', 'exit']);
  });

  it('closes when its thread crashes while it closes, and does not restart it', async () => {
    const { tap, threads } = await listeningTap();
    const closing = tap.close();
    threads.latest.crashes('boom');
    await closing;
    expect(threads.workers).toHaveLength(1);
  });
});
