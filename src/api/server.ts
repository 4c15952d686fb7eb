import { createServer } from 'node:http';
import type { PriceOverrides } from '../attribution/index.js';
import { hostAndPort } from '../base/host-and-port.js';
import { listenOn } from '../base/listen-on.js';
import type { Budgets } from '../model/budget.js';
import type { AnswerProgress } from '../model/progress.js';
import { explainError } from '../text/store-error.js';
import type { Answers } from './answers.js';
import type { Pass } from './connections.js';
import { gracefulStop } from './graceful-stop.js';

export interface ApiOptions {
  /** The database. While it cannot be used, requests are answered with an error. */
  database: string;
  prices: PriceOverrides;
  budgets: Budgets;
  token: string;
  host: string;
  /** 0 picks a free port. */
  port: number;
  version: string;
  /** Logs a line without secrets about a problem. */
  log(message: string): void;
  pass?: Pass;
  /** Milliseconds between comments in an event stream without events. */
  heartbeatMs?: number;
  /** Called when the first client follows events, and when the last one has left: then `progress` is not needed. */
  onFollowed?(followed: boolean): void;
  /**
   * Loads the operations, the largest part of the code, with the first request: most of these servers never get one. Default: as
   * soon as the server listens.
   */
  loadsOnRequest?: boolean;
}

export interface ApiServer {
  host: string;
  port: number;
  url: string;
  /** Sends growing answers to clients that follow events. */
  progress(answers: readonly AnswerProgress[]): void;
  /** Accepts no more requests, ends streams, and waits some seconds for running requests. */
  close(): Promise<void>;
}

const HEARTBEAT_MS = 15_000;

/** No client of a local server needs longer to send a request. */
const REQUEST_MS = 30_000;
const MAX_CONNECTIONS = 1_000;

/**
 * Starts the HTTP API of a database. Any number of servers may serve one.
 *
 * @throws CannotListenError
 */
export async function startApi(options: ApiOptions): Promise<ApiServer> {
  const { host, log } = options;
  const logThrottled = throttled(log);
  const onFailure = (error: unknown) => logThrottled(`The HTTP API failed to answer: ${explainError(error)}`);
  let answers: Answers | null = null;
  let loading: Promise<Answers> | null = null;
  const load = () => {
    loading ??= import('./answers.js').then(({ createAnswers }) => {
      answers = createAnswers({ onFollowed() {}, heartbeatMs: HEARTBEAT_MS, ...options, onFailure });
      return answers;
    });
    return loading;
  };
  const server = createServer(
    { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, maxHeaderSize: 16 * 1024 },
    (request, response) => {
      load().then(
        ({ answer }) => answer(request, response),
        (error: unknown) => {
          onFailure(error);
          response.writeHead(500).end();
        },
      );
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  const stop = gracefulStop(server);
  const port = await listenOn(server, 'HTTP API', host, options.port);
  server.on('error', onFailure);
  if (!options.loadsOnRequest) load().catch(onFailure);
  return {
    host,
    port,
    url: `http://${hostAndPort(host, port)}`,
    progress: (grown) => answers?.progress(grown),
    async close() {
      const stopped = stop();
      answers?.endStreams();
      await stopped;
      (await loading?.catch(() => null))?.close();
    },
  };
}

const QUIET_MS = 60_000;

/** Logs the same line only once a minute: polling clients cause the same failure repeatedly. */
function throttled(log: (message: string) => void): (message: string) => void {
  let last = { message: '', at: 0 };
  return (message) => {
    const now = Date.now();
    if (message === last.message && now - last.at < QUIET_MS) return;
    last = { message, at: now };
    log(message);
  };
}
