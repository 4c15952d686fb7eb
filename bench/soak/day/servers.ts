import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CapturedResponse } from '../../../src/model/exchange.js';

/** Events of an answer are sent in at most this many writes, a pause between them, as Claude's come. */
const WRITES = 40;
const PAUSE_MS = 8;

interface Files {
  certFile: string;
  keyFile: string;
}

/** Plays the Messages API: answers each request with the answer of a history that has its `x-client-request-id`. */
export async function startApi(port: number, files: Files) {
  /** Null if it never answers. */
  const answers = new Map<string, CapturedResponse | null>();
  await listen(port, files, async (request, response) => {
    for await (const _ of request);
    const id = String(request.headers['x-client-request-id']);
    const answer = answers.get(id);
    answers.delete(id);
    if (answer === undefined) response.writeHead(404).end();
    else if (answer !== null) await play(answer, response);
  });
  return answers;
}

async function play({ state, status, headers, body }: CapturedResponse, response: ServerResponse): Promise<void> {
  if (status === null) return void response.socket?.destroy();
  response.writeHead(status, headers.flat());
  // The client leaves.
  if (state === 'aborted') return void response.write('event: ping\ndata: {"type": "ping"}\n\n');
  const events = Buffer.from(body.bytes)
    .toString()
    .split(/(?<=\n\n)/);
  const each = Math.ceil(events.length / WRITES);
  for (let at = 0; at < events.length; at += each) {
    response.write(events.slice(at, at + each).join(''));
    if (at + each < events.length) await sleep(PAUSE_MS);
  }
  response.end();
}

/** Plays MCP servers over Streamable HTTP: each call is answered with its text, every other one as an event stream. */
export async function startMcp(port: number, files: Files): Promise<void> {
  const sessions = new Set<string>();
  await listen(port, files, async (request, response) => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const session = String(request.headers['mcp-session-id']);
    if (request.method === 'DELETE') return void response.writeHead(sessions.delete(session) ? 200 : 404).end();
    const { id, method, params } = JSON.parse(text);
    if (id === undefined) return void response.writeHead(202).end();
    if (method === 'initialize') {
      const opened = randomUUID();
      sessions.add(opened);
      const result = {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'played', version: '1' },
      };
      response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': opened });
      return void response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    }
    if (!sessions.has(session)) return void response.writeHead(404).end();
    const result = { content: [{ type: 'text', text: params?.arguments?.text ?? '' }] };
    const answer = JSON.stringify({ jsonrpc: '2.0', id, result });
    const isStream = id % 2 === 0;
    response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
    response.end(isStream ? `event: message\ndata: ${answer}\n\n` : answer);
  });
}

async function listen(
  port: number,
  { certFile, keyFile }: Files,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<void> {
  const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
}
