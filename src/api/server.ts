import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { PriceOverrides } from '../attribution/index.js';
import type { AnswerProgress } from '../model/progress.js';
import { explainError } from '../text/store-error.js';
import { createRefusals } from './access/refusals.js';
import { createApp } from './app.js';
import { createConnections, type Pass } from './connections.js';
import { createFeed } from './events/feed.js';
import { gracefulStop } from './graceful-stop.js';

export interface ApiOptions {
  /** The database; made when it is not there and somebody asks. While it cannot be used, that is the answer. */
  database: string;
  prices: PriceOverrides;
  token: string;
  host: string;
  /** 0: a free one. */
  port: number;
  version: string;
  /** A line about something that somebody should look at; it holds no secret. */
  log(message: string): void;
  pass?: Pass;
  /** How often a stream of events shows that it lives, ms. */
  heartbeatMs?: number;
  /** Somebody follows events, or nobody any more: then nobody needs `progress`. */
  onFollowed?(followed: boolean): void;
}

export interface ApiServer {
  host: string;
  port: number;
  url: string;
  /** Tells those who follow of answers that are still coming. */
  progress(answers: readonly AnswerProgress[]): void;
  /** Takes no more requests, ends streams, waits some seconds for the answers that are under way. */
  close(): Promise<void>;
}

const HEARTBEAT_MS = 15_000;

/** No client of a local server needs longer to send what it wants. */
const REQUEST_MS = 30_000;
const MOST_CONNECTIONS = 1_000;

/**
 * Starts the HTTP API of a database. Any number of servers may serve one.
 *
 * @throws an Error with code EADDRINUSE, EACCES, ENOTFOUND, … where nobody can listen
 */
export async function startApi(options: ApiOptions): Promise<ApiServer> {
  const { database, host, log } = options;
  const connections = createConnections(database, options.pass);
  const refusals = createRefusals(log);
  const tell = sparing(log);
  const onFailure = (error: unknown) => tell(`The HTTP API failed to answer: ${explainError(error)}`);
  const feed = createFeed(connections, { onFailure, onFollowed: options.onFollowed ?? (() => {}) });
  const app = createApp({
    heartbeatMs: HEARTBEAT_MS,
    ...options,
    connections,
    refusals,
    feed,
    onFailure,
  });
  const server = createServer(
    { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, maxHeaderSize: 16 * 1024 },
    getRequestListener(app.fetch, { errorHandler: refuseMalformed }),
  );
  server.maxConnections = MOST_CONNECTIONS;
  const stop = gracefulStop(server);
  try {
    await listen(server, host, options.port);
  } catch (error) {
    connections.close();
    throw error;
  }
  // A connection that cannot be accepted (no more file descriptors) is no reason to end.
  server.on('error', onFailure);
  const { port } = server.address() as AddressInfo;
  return {
    host,
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    progress: feed.progress,
    async close() {
      const stopped = stop();
      feed.close();
      await stopped;
      refusals.end();
      connections.close();
    },
  };
}

/** What the framework cannot make a request of: a Host header or a target that is no part of an address. */
function refuseMalformed(): Response {
  return Response.json({ error: 'The Host header and the path make no address.' }, { status: 400 });
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

const QUIET_MS = 60_000;

/** Passes a line on, but not the same again within a minute: clients that poll meet the same failure again and again. */
function sparing(log: (message: string) => void): (message: string) => void {
  let last = { message: '', at: 0 };
  return (message) => {
    const now = Date.now();
    if (message === last.message && now - last.at < QUIET_MS) return;
    last = { message, at: now };
    log(message);
  };
}
