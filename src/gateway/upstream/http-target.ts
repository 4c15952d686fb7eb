import type { Dispatcher } from 'undici';
import { codeOf, describeError } from '../../base/error-text.js';
import { RecentMap } from '../../base/recent-map.js';
import type { HeaderList } from '../../model/exchange.js';
import type { CancelSignal } from '../cancel-signal.js';
import type { HttpUpstreamConfig } from '../config/route-schema.js';
import { ExpiringMap } from '../expiring-map.js';
import type { UpstreamErrorKind } from '../facts.js';
import type { Identity, Method } from '../request.js';
import type { HttpPools } from './http-pools.js';
import type { Target } from './target.js';
import { UpstreamError } from './upstream-error.js';

/** Time for a server to end a session. */
const END_MS = 5_000;
/** Sessions whose clients and versions are remembered, in which they are ended. */
const MAX_SESSIONS = 10_000;

export interface HttpOptions {
  config: HttpUpstreamConfig;
  /** PEM with the authorities of its certificate; null for those of Node. */
  ca: string | null;
  /** Path whose GET must answer 2xx; null for an MCP ping, to which any answer will do. */
  healthPath: string | null;
  /** Headers that authenticate the gateway, for the client's identity. @throws UpstreamError */
  credentialsFor(identity: Identity | null): Promise<HeaderList>;
}

/**
 * A server that speaks Streamable HTTP. Requests share `connections` connections. Messages that must not wait for those have others:
 * a tool that asks the client keeps its connection until the client's answer has arrived by another one.
 */
export function createHttpTarget({ config, ca, healthPath, credentialsFor }: HttpOptions): Target {
  const { origin, pathname, search } = new URL(config.url);
  // Programs on stdio do not need the client, which takes 14 MB.
  const pools = import('./http-pools.js').then(({ openPools }) => openPools(origin, ca, config.connections));
  const path = pathname + search;
  const own: HeaderList = Object.entries(config.headers);
  /** Credentials of the configuration are known to the recorder; tokens are not. */
  const obtainsTokens =
    config.credentials !== undefined && !('bearer' in config.credentials || 'basic' in config.credentials);
  const isForClients = config.credentials !== undefined && 'exchange' in config.credentials;
  /** The last client of a session, in whose name it is ended; until its token expires, which cannot be exchanged then. */
  const clients = new ExpiringMap<Identity>(MAX_SESSIONS);
  /** The version of the protocol that the client of a session names in each request but the first. */
  const versions = new RecentMap<string, string>(MAX_SESSIONS);
  /** Sessions whose end the server is being told. */
  const ending = new Set<Promise<void>>();
  const ownNames = new Set(own.map(([name]) => name.toLowerCase()));

  async function ask(of: keyof HttpPools, options: Omit<Dispatcher.RequestOptions, 'origin'>, signal: CancelSignal) {
    try {
      // undici uses only this part of a signal; a whole one takes a twentieth of the time of a call.
      return await (await pools)[of].request({ ...options, signal: signal as AbortSignal });
    } catch (error) {
      throw asUpstreamError(error, signal);
    }
  }

  return {
    name: config.name,
    weight: config.weight,
    forwardHeaders: config.forward_headers,
    isolatesSessions: false,
    async send({ method, headers, session, body, signal, isRequest, identity, onCredentials }) {
      const sent: string[] = [];
      for (const [name, value] of headers) {
        // A client cannot put its own value beside one of the configuration.
        if (!ownNames.has(name.toLowerCase())) sent.push(name, value);
        if (session !== null && name.toLowerCase() === VERSION) noteVersion(session, method, value);
      }
      for (const [name, value] of own) sent.push(name, value);
      const credentials = await credentialsFor(identity);
      if (obtainsTokens) onCredentials?.(credentials);
      for (const [name, value] of credentials) sent.push(name, value);
      if (session !== null) sent.push('mcp-session-id', session);
      const options = { method, path, headers: sent, body: method === 'POST' ? body : null };
      const answer = await ask(isRequest ? 'requests' : 'others', options, signal);
      const received = headerList(answer.headers);
      const given = received.find(([name]) => name === 'mcp-session-id')?.[1] ?? null;
      if (isForClients) noteClient(session ?? given, method, identity);
      return {
        status: answer.statusCode,
        headers: received,
        session: given,
        body: chunks(answer.body, signal),
      };
    },
    async check(signal) {
      const list = [...own, ...(await credentialsFor(null))].flat();
      const options =
        healthPath === null
          ? { method: 'POST' as const, path, headers: [...list, ...PING_HEADERS], body: PING }
          : { method: 'GET' as const, path: healthPath, headers: list };
      const { statusCode, body } = await ask('others', options, signal);
      await body.dump();
      // A server with sessions refuses a ping without one, which also shows that it works.
      if (statusCode >= (healthPath === null ? 500 : 300)) throw new UpstreamError('malformed', `status ${statusCode}`);
    },
    end(session, free = Promise.resolve()) {
      const client = clients.get(session) ?? null;
      clients.delete(session);
      // Credentials of this configuration: the next one may have none for this server.
      const ended: Promise<void> = Promise.all([credentialsFor(client), free])
        .then(([credentials]) => tellEnd(session, credentials))
        .catch(() => {})
        .finally(() => ending.delete(ended));
      ending.add(ended);
    },
    async close(graceMs) {
      const open = Object.values(await pools);
      let timer: NodeJS.Timeout | undefined;
      const overdue = new Promise<void>((resolve) => {
        timer = setTimeout(() => {
          for (const pool of open) void pool.destroy();
          resolve();
        }, graceMs);
      });
      await Promise.race([Promise.all(ending), overdue]);
      await Promise.all(open.map((pool) => pool.close().catch(() => {})));
      clearTimeout(timer);
    },
  };

  function noteClient(session: string | null, method: Method, identity: Identity | null): void {
    if (session === null || identity === null) return;
    if (method === 'DELETE') clients.delete(session);
    else clients.set(session, identity, identity.expiresAt ?? Number.POSITIVE_INFINITY);
  }

  function noteVersion(session: string, method: Method, version: string): void {
    if (method === 'DELETE') versions.delete(session);
    else if (versions.get(session) !== version) versions.set(session, version);
  }

  async function tellEnd(session: string, credentials: HeaderList): Promise<void> {
    const version = versions.get(session);
    versions.delete(session);
    const ofProtocol = [['mcp-session-id', session], ...(version === undefined ? [] : [[VERSION, version]])];
    const headers = [...own, ...credentials, ...ofProtocol].flat();
    const { body } = await ask('others', { method: 'DELETE', path, headers }, AbortSignal.timeout(END_MS));
    await body.dump();
  }
}

const VERSION = 'mcp-protocol-version';
const PING = JSON.stringify({ jsonrpc: '2.0', id: 'health', method: 'ping' });
const PING_HEADERS = ['content-type', 'application/json', 'accept', 'application/json, text/event-stream'];

async function* chunks(body: AsyncIterable<Uint8Array>, signal: CancelSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw asUpstreamError(error, signal);
  }
}

function headerList(headers: Record<string, string | string[] | undefined>): HeaderList {
  const list: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') list.push([name, value]);
    else for (const each of value ?? []) list.push([name, each]);
  }
  return list;
}

const KINDS: Readonly<Record<string, UpstreamErrorKind>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  UND_ERR_CONNECT_TIMEOUT: 'refused',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  UND_ERR_HEADERS_OVERFLOW: 'malformed',
  // Says nothing about the server: we have too many open files.
  EMFILE: 'full',
  ENFILE: 'full',
};

function asUpstreamError(error: unknown, signal: CancelSignal): UpstreamError {
  if (signal.reason instanceof UpstreamError) return signal.reason;
  const code = codeOf(error) ?? '';
  // Errors of undici's parser have a code only if the parser gives one.
  const isMalformed = error instanceof Error && error.name === 'HTTPParserError';
  const kind = KINDS[code] ?? (isMalformed ? 'malformed' : /CERT|TLS|SSL/.test(code) ? 'tls' : 'reset');
  return new UpstreamError(kind, describeError(error) || code);
}
