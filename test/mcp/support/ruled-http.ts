import type { RequestListener } from 'node:http';
import { onTestFinished } from 'vitest';
import { createHttpRelay, type HttpRelay } from '../../../src/mcp/ruled/http/http-relay.js';
import type { PauseEvent } from '../../../src/model/paused-message.js';
import type { ProxyOptions } from '../../../src/proxy/server.js';
import { parseRules } from '../../../src/rules/index.js';
import { type HttpEvent, observe, type RuledLine } from '../../../src/wire/index.js';
import { ours, startTestProxy, type TestProxy } from '../../proxy/support/harness.js';
import { type Fetch, proxiedFetch } from './proxied-fetch.js';
import { listen, served } from './sdk-http-servers.js';

/** A proxy whose connections to MCP servers a relay with rules carries. */
export interface RuledHttp {
  proxy: TestProxy;
  fetch: Fetch;
  relay: HttpRelay;
  use(rules: string): void;
  /** From now on, the recording throws. */
  failWith(error: Error | null): void;
  /** Events of the relay, and of the observers of other connections. */
  events: HttpEvent[];
  ruled(): RuledLine[];
  pauses: PauseEvent[];
  problems: string[];
}

export interface RuledServers {
  url: string;
  name?: string;
  transport?: 'http' | 'sse';
}

/** @param rules null if nothing is relayed */
export async function ruledHttp(rules: string | null, ...servers: RuledServers[]): Promise<RuledHttp> {
  return ruledProxy(rules, servers);
}

/** @param options of the proxy */
export async function ruledProxy(
  rules: string | null,
  servers: readonly RuledServers[],
  options: Partial<ProxyOptions> = {},
): Promise<RuledHttp> {
  const events: HttpEvent[] = [];
  const pauses: PauseEvent[] = [];
  const problems: string[] = [];
  const current = (text: string) => ({ set: parseRules(text, 'rules.yaml'), text });
  let failure: Error | null = null;
  const emit = (event: HttpEvent) => {
    if (failure !== null) throw failure;
    events.push(copied(event));
  };
  const relay = createHttpRelay({
    hosts: servers.map(({ url }) => new URL(url).host),
    servers: servers.map(({ url, name = 'tickets', transport = 'http' }) => ({ url, name, transport })),
    rules: current(rules ?? 'version: 1\nrules: []\n'),
    emit,
    onPause: (event) => pauses.push(event),
    onRuleFailed: ({ rule, lastError }) => problems.push(`${rule}: ${lastError}`),
    onFailed: (message) => problems.push(message),
    onUnruled: (message) => problems.push(message),
  });
  const proxy = await startTestProxy({
    openObserver: (connection) => observe(connection, emit),
    ...(rules !== null && { relayFor: relay.relayFor }),
    ...options,
  });
  const client = proxiedFetch(proxy.port, ours.certificatePem);
  onTestFinished(async () => {
    client.close();
    await proxy.close();
  });
  return {
    proxy,
    fetch: client.fetch,
    relay,
    failWith(error) {
      failure = error;
    },
    use: (text) => relay.use(current(text)),
    events,
    ruled: () => events.flatMap((event) => (event.type === 'mcp_ruled' ? [event.line] : [])),
    pauses,
    problems,
  };
}

/** Bytes belong to the pipe once the event is handled. */
function copied(event: HttpEvent): HttpEvent {
  return 'bytes' in event ? { ...event, bytes: Uint8Array.from(event.bytes) } : event;
}

export const plainServer = (handler: RequestListener) => served(listen('/mcp', handler));
