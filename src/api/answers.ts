import type { RequestListener } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { createRefusals } from './access/refusals.js';
import { type AppOptions, createApp } from './app.js';
import { createConnections, type Pass } from './connections.js';
import { createFeed, type Feed } from './events/feed.js';

export interface AnswersOptions extends Omit<AppOptions, 'connections' | 'refusals' | 'feed'> {
  database: string;
  pass?: Pass | undefined;
  log(message: string): void;
  onFollowed(followed: boolean): void;
}

/** Everything behind the port of the API: the operations, and their connections to the database. */
export interface Answers {
  answer: RequestListener;
  progress: Feed['progress'];
  /** Ends event streams. */
  endStreams(): void;
  /** Closes the connections to the database: no request may run any more. */
  close(): void;
}

export function createAnswers({ database, pass, log, onFollowed, ...options }: AnswersOptions): Answers {
  const connections = createConnections(database, pass);
  const refusals = createRefusals(log);
  const feed = createFeed(connections, { onFailure: options.onFailure, onFollowed });
  const app = createApp({ ...options, connections, refusals, feed });
  return {
    answer: getRequestListener(app.fetch, { errorHandler: refuseMalformed }),
    progress: feed.progress,
    endStreams: feed.close,
    close() {
      refusals.end();
      connections.close();
    },
  };
}

/** For requests that the framework cannot parse: the Host header or the target does not fit into a URL. */
function refuseMalformed(): Response {
  return Response.json({ error: 'The Host header and the path do not form a URL.' }, { status: 400 });
}
