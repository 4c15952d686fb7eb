import { readFileSync } from 'node:fs';
import { type Dispatcher, Pool } from 'undici';
import { codeOf, describeError } from '../../base/error-text.js';
import type { HeaderList } from '../../model/exchange.js';
import type { HttpUpstreamConfig } from '../config/route-schema.js';
import type { UpstreamErrorKind } from '../facts.js';
import { UpstreamError } from './upstream-error.js';
import type { UpstreamAnswer, UpstreamRequest } from './upstreams.js';

const CONNECT_MS = 5_000;
/** Servers say themselves when they close idle connections (Keep-Alive); for those that do not. */
const KEEP_ALIVE_MS = 4_000;
const MAX_KEEP_ALIVE_MS = 60_000;
/** Of an answer. */
const MAX_HEADER_BYTES = 32 * 1024;

export interface HttpUpstream {
  /** @throws UpstreamError without an answer; `body` of the answer throws one where it breaks */
  send(request: UpstreamRequest): Promise<UpstreamAnswer>;
  close(graceMs: number): Promise<void>;
}

/**
 * A server that speaks Streamable HTTP. Requests share `connections` connections. What may not wait for them has others: a tool that
 * asks the client keeps its connection until the client's answer has arrived by another one.
 */
export function openHttpUpstream(config: HttpUpstreamConfig): HttpUpstream {
  const { origin, pathname, search } = new URL(config.url);
  const options: Pool.Options = {
    connectTimeout: CONNECT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: MAX_KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    // The route has its own limits, which know streams.
    headersTimeout: 0,
    bodyTimeout: 0,
    ...(config.ca !== undefined && { connect: { ca: readFileSync(config.ca), timeout: CONNECT_MS } }),
  };
  const forRequests = new Pool(origin, { ...options, connections: config.connections });
  const forOthers = new Pool(origin, options);
  const pools = [forRequests, forOthers];
  const path = pathname + search;
  const own: HeaderList = Object.entries(config.headers);

  return {
    async send({ method, headers, session, body, signal, isRequest }) {
      const sent = [...headers, ...own];
      if (session !== null) sent.push(['mcp-session-id', session]);
      let answer: Dispatcher.ResponseData;
      try {
        answer = await (isRequest ? forRequests : forOthers).request({
          method,
          path,
          headers: sent.flat(),
          body: method === 'POST' ? body : null,
          signal,
        });
      } catch (error) {
        throw asUpstreamError(error, signal);
      }
      const received = headerList(answer.headers);
      return {
        status: answer.statusCode,
        headers: received,
        session: received.find(([name]) => name === 'mcp-session-id')?.[1] ?? null,
        body: chunks(answer.body, signal),
      };
    },
    async close(graceMs) {
      const timer = setTimeout(() => {
        for (const pool of pools) void pool.destroy();
      }, graceMs);
      await Promise.all(pools.map((pool) => pool.close().catch(() => {})));
      clearTimeout(timer);
    },
  };
}

async function* chunks(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw asUpstreamError(error, signal);
  }
}

function headerList(headers: Record<string, string | string[] | undefined>): HeaderList {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((each) => [name, each] as const),
  );
}

const KINDS: Readonly<Record<string, UpstreamErrorKind>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  UND_ERR_CONNECT_TIMEOUT: 'refused',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  UND_ERR_HEADERS_OVERFLOW: 'malformed',
};

function asUpstreamError(error: unknown, signal: AbortSignal): UpstreamError {
  if (signal.reason instanceof UpstreamError) return signal.reason;
  const code = codeOf(error) ?? '';
  const kind =
    KINDS[code] ?? (/CERT|TLS|SSL/.test(code) ? 'tls' : code.startsWith('HPE_') ? 'malformed' : ('reset' as const));
  return new UpstreamError(kind, describeError(error) || code);
}
