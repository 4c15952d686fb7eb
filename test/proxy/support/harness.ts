import type { SecureContext } from 'node:tls';
import { type Authority, createAuthority } from '../../../src/proxy/certificates/authority.js';
import { createLeaves } from '../../../src/proxy/certificates/leaves.js';
import type { ProxyFact, ProxyFailure } from '../../../src/proxy/facts.js';
import { type ProxyOptions, type Proxy as RunningProxy, startProxy } from '../../../src/proxy/server.js';
import type { Closed, ObservedConnection, Observer } from '../../../src/wire/observer.js';

/** The authority of upstream servers in tests, which the proxy trusts. */
export const world: Authority = createAuthority(['localhost', '127.0.0.1', '::1', '*.example.test']);
const worldLeaves = createLeaves(world);

export function upstreamContext(host = 'localhost'): SecureContext {
  return worldLeaves(host);
}

/** The proxy's own authority. */
export const ours: Authority = createAuthority(['localhost', '127.0.0.1', '::1']);

/** An observer that records everything. */
class RecordingObserver implements Observer {
  readonly connection: ObservedConnection;
  client = Buffer.alloc(0);
  upstream = Buffer.alloc(0);
  forwardedTotal = 0;
  deliveredTotal = 0;
  readonly calls: string[] = [];
  end: Closed | null = null;
  readonly #onClosed: () => void;

  constructor(connection: ObservedConnection, onClosed: () => void) {
    this.connection = connection;
    this.#onClosed = onClosed;
  }

  clientBytes(chunk: Uint8Array): void {
    this.calls.push('clientBytes');
    this.client = Buffer.concat([this.client, chunk]);
  }
  upstreamBytes(chunk: Uint8Array): void {
    this.calls.push('upstreamBytes');
    this.upstream = Buffer.concat([this.upstream, chunk]);
  }
  forwarded(total: number): void {
    this.calls.push('forwarded');
    this.forwardedTotal = total;
  }
  delivered(total: number): void {
    this.calls.push('delivered');
    this.deliveredTotal = total;
  }
  clientEnded(): void {
    this.calls.push('clientEnded');
  }
  upstreamEnded(): void {
    this.calls.push('upstreamEnded');
  }
  closed(closed: Closed): void {
    this.calls.push('closed');
    this.end = closed;
    this.#onClosed();
  }
}

export interface TestProxy extends RunningProxy {
  facts: ProxyFact[];
  observers: RecordingObserver[];
  failures(): ProxyFailure[];
  /** Waits for a fact. */
  fact(matches: (fact: ProxyFact) => boolean): Promise<ProxyFact>;
  /** Waits until this many observed connections are closed. */
  closedObservers(count: number): Promise<RecordingObserver[]>;
}

/** A proxy that intercepts localhost and trusts `world`, with recording observers. */
export async function startTestProxy(options: Partial<ProxyOptions> = {}): Promise<TestProxy> {
  const facts: ProxyFact[] = [];
  const observers: RecordingObserver[] = [];
  const changed = new Set<() => void>();
  const wake = () => {
    for (const check of changed) check();
  };
  const until = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const check = () => {
        const found = find();
        if (found === undefined) return;
        changed.delete(check);
        resolve(found);
      };
      changed.add(check);
      check();
    });
  const proxy = await startProxy({
    authority: ours,
    interceptHosts: ['localhost'],
    credentials: null,
    upstream: { proxies: { https: null, http: null }, noProxy: '', ca: [world.certificatePem] },
    openObserver: (connection) => {
      const observer = new RecordingObserver(connection, wake);
      observers.push(observer);
      return observer;
    },
    onFact: (fact) => {
      facts.push(fact);
      wake();
    },
    ...options,
  });
  return {
    ...proxy,
    facts,
    observers,
    failures: () => facts.flatMap((fact) => (fact.type === 'failed' ? [fact.failure] : [])),
    fact: (matches) => until(() => facts.find(matches)),
    closedObservers: (count) =>
      until(() => (observers.filter((observer) => observer.end).length >= count ? observers : undefined)),
  };
}

/** Waits for a failure of this kind. */
export async function failureOf(proxy: TestProxy, kind: ProxyFailure['kind']): Promise<ProxyFailure> {
  const fact = await proxy.fact((each) => each.type === 'failed' && each.failure.kind === kind);
  if (fact.type !== 'failed') throw new Error('unreachable');
  return fact.failure;
}
