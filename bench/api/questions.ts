import { setTimeout as sleep } from 'node:timers/promises';
import { loadToken } from '../../src/api/access/token.js';
import { announcedServers } from '../../src/api/announcement.js';

/** A read operation, and paths of it that clients ask for in turn. */
export interface Operation {
  name: string;
  paths: string[];
}

/** Where an API is, and what it wants to be told. */
export interface Server {
  url: string;
  token: string;
}

/** Requests of the history that are asked for one by one: all over it, large and small. */
const ASKED_ALONE = 40;

const POLL_MS = 50;
/** A `wrap` starts its API a second after its command. */
const START_MS = 30_000;

/** The server that is announced beside the database, or soon will be. @throws Error when it is not */
export async function serverOf(database: string): Promise<Server> {
  for (const start = performance.now(); performance.now() - start < START_MS; await sleep(POLL_MS)) {
    const [server] = announcedServers(database);
    if (server !== undefined) return { url: server.url, token: loadToken(server.token_file) };
  }
  throw new Error('wrap announced no HTTP API.');
}

/** Every read operation but the stream of events, of those that cost most also with other parameters. */
export async function operationsOf(server: Server): Promise<Operation[]> {
  const { total } = await ask(server, '/api/claude/requests?limit=1');
  const offsets = Array.from({ length: ASKED_ALONE }, (_, index) => Math.floor((index * total) / ASKED_ALONE));
  const pages = await Promise.all(offsets.map((at) => ask(server, `/api/claude/requests?limit=1&offset=${at}`)));
  const ids = pages.flatMap(({ requests }) => requests?.map(({ id }) => id) ?? []);
  const { sessions = [] } = await ask(server, '/api/claude/sessions');
  const { feedback = [] } = await ask(server, '/api/claude/feedback');
  const each = (of: readonly string[], path: (id: string) => string) => of.map((id) => `/api/claude/${path(id)}`);
  const one = (path: string) => [`/api/claude/${path}`];
  const operations = {
    requests: one('requests'),
    'requests, 100 of mcp:*': one('requests?context_source=mcp:*&limit=100'),
    'requests, with a word': one('requests?q=request'),
    'requests, the dearest': one('requests?sort_by=cost'),
    'requests, at 90 %': one(`requests?offset=${Math.floor(total * 0.9)}`),
    'requests/{id}': each(ids, (id) => `requests/${id}`),
    'requests/{id}/segments': each(ids, (id) => `requests/${id}/segments`),
    'requests/{id}/body': each(ids, (id) => `requests/${id}/body`),
    'responses/{id}': each(ids, (id) => `responses/${id}`),
    'contexts of a request': each(ids, (id) => `contexts?request_id=${id}`),
    'contexts, 100 of serena': one('contexts?source_name=serena&limit=100'),
    'metrics/sources': one('metrics/sources'),
    'metrics/summary': one('metrics/summary'),
    'metrics/models': one('metrics/models'),
    'metrics/history': one('metrics/history'),
    'metrics/history, hours of serena': one('metrics/history?bucket=hour&source_name=serena'),
    feedback: one('feedback'),
    'feedback/{id}': each(
      feedback.map(({ id }) => id),
      (id) => `feedback/${id}`,
    ),
    'feedback/by-request/{id}': each(
      feedback.map(({ request_id: id }) => id),
      (id) => `feedback/by-request/${id}`,
    ),
    sessions: one('sessions'),
    'sessions/{id}': each(
      sessions.map(({ id }) => id),
      (id) => `sessions/${id}`,
    ),
    healthz: ['/healthz'],
    'openapi.json': ['/openapi.json'],
  };
  return Object.entries(operations).map(([name, paths]) => ({ name, paths }));
}

interface Page {
  total: number;
  requests?: { id: string }[];
  sessions?: { id: string }[];
  feedback?: { id: string; request_id: string }[];
}

async function ask({ url, token }: Server, path: string): Promise<Page> {
  const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Page;
}
