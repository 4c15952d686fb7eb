/**
 * Plays the Claude Code of a day: sends the requests of a history when their time comes, calls the tools of MCP servers between
 * them, and shows what it does on its terminal. It also plays the API and the servers with URLs.
 *
 * usage, with the environment of `DayTask`: node --import clock.mjs --import tsx claude.ts --mcp-config=FILE
 */
import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { describeError } from '../../../src/base/error-text.js';
import type { HistoryExchange } from '../../../test/support/history/exchange.js';
import { makeHistory } from '../../../test/support/history/history.js';
import { connect } from '../../load/connect.js';
import { type McpConnection, openHttp, startStdio, stdioServers } from './mcp-client.js';
import { startApi, startMcp } from './servers.js';
import { type DayResult, type DayTask, STDIO_SERVERS } from './task.js';

const task = JSON.parse(process.env.DAY_TASK ?? '') as DayTask;
const proxy = new URL(process.env.HTTPS_PROXY ?? '');
const entries = stdioServers(process.argv);
const result: DayResult = { requests: 0, resent: 0, calls: 0, sessions: 0, shimPid: 0, wrong: {} };
const HOUR_MS = 3_600_000;
/** The pauses of a history are shorter. */
const SESSION_IDLE_MS = 1.5 * HOUR_MS;
/** Time after which a client leaves a request that will not be answered. */
const LEAVE_AFTER_MS = 200;

class StaleConnectionError extends Error {}

interface Session {
  agent: Agent;
  mcp: Map<string, Promise<McpConnection>>;
  /** Names of tools by the ids of their calls, until a request carries the result. */
  calls: Map<string, string>;
  last: number;
  work: Promise<void>;
}

const answers = await startApi(task.apiPort, task);
await startMcp(task.mcpPort, task);
/** One server lives all day. */
const allDay = startStdio(entries.serena ?? fail('serena'), (pid) => {
  result.shimPid = pid;
});
await allDay;
writeFileSync(task.resultFile, JSON.stringify(result));

const sessions = new Map<string, Session>();
const days = (task.to - task.start) / (24 * HOUR_MS);
for (const exchange of makeHistory({ seed: 2, requests: task.requests, days, scale: 1, startsAt: task.start })) {
  const { request: sent } = exchange;
  if (sent.timestamps.initiated >= task.to) break;
  await until(sent.timestamps.initiated);
  const session = sessionOf(sent.sessionId ?? '');
  session.last = sent.timestamps.initiated;
  session.work = session.work.then(() => play(session, exchange)).catch((error) => note(error));
  await closeIdle(sent.timestamps.initiated);
}
await until(task.to);
await closeIdle(Number.POSITIVE_INFINITY);
await (await allDay).close();
writeFileSync(task.resultFile, JSON.stringify(result));

async function until(at: number): Promise<void> {
  while (Date.now() < at) await new Promise((resolve) => setTimeout(resolve, Math.max(1_000, at - Date.now())));
}

function sessionOf(id: string): Session {
  const known = sessions.get(id);
  if (known !== undefined) return known;
  const session = { agent: agentTo(task.apiPort), mcp: new Map(), calls: new Map(), last: 0, work: Promise.resolve() };
  sessions.set(id, session);
  result.sessions += 1;
  return session;
}

async function closeIdle(now: number): Promise<void> {
  for (const [id, session] of sessions) {
    if (now - session.last < SESSION_IDLE_MS) continue;
    sessions.delete(id);
    await session.work;
    for (const [name, connection] of session.mcp) if (name !== 'serena') await (await connection).close().catch(note);
    session.agent.destroy();
  }
}

/** The request, after the calls of MCP tools whose results it carries. */
async function play(session: Session, exchange: HistoryExchange): Promise<void> {
  const body = Buffer.from(exchange.request.body.bytes);
  for (const [id, name] of session.calls) {
    const text = resultIn(body, id);
    if (text === null) continue;
    session.calls.delete(id);
    await callTool(session, name, text, id).catch(note);
  }
  await send(session, exchange, body).catch((error) => {
    // The server has closed an idle connection: clients send such a request again.
    if (!(error instanceof StaleConnectionError)) throw error;
    result.resent += 1;
    return send(session, exchange, body);
  });
  for (const { type, id, name } of exchange.response?.message?.content ?? []) {
    if (type === 'tool_use' && String(name).startsWith('mcp__')) session.calls.set(String(id), String(name));
  }
  show(exchange);
}

async function callTool(session: Session, name: string, text: string, toolUseId: string): Promise<void> {
  const [, server = '', tool = ''] = /^mcp__(.+?)__(.+)$/.exec(name) ?? [];
  const connection = session.mcp.get(server) ?? open(server);
  session.mcp.set(server, connection);
  await (await connection).call(tool, text, toolUseId);
  result.calls += 1;
}

function open(server: string): Promise<McpConnection> {
  if (server === 'serena') return allDay;
  if (STDIO_SERVERS.includes(server)) return startStdio(entries[server] ?? fail(server));
  return openHttp(new URL(`https://localhost:${task.mcpPort}/${server}`), agentTo(task.mcpPort));
}

function send(session: Session, { request: sent, response }: HistoryExchange, body: Buffer): Promise<void> {
  answers.set(sent.correlationId, response);
  const { pathname, search } = new URL(sent.url);
  const headers = sent.headers.filter(([name]) => name !== 'Host').flat();
  const path = `${pathname}${search}`;
  const leaves = response === null || response.state === 'aborted';
  return new Promise((resolve, reject) => {
    const sending = request(
      { method: 'POST', path, headers: [...headers, 'Host', `localhost:${task.apiPort}`], agent: session.agent },
      (answer) => {
        answer.resume();
        answer.on('error', () => {});
        answer.on('close', () => {
          if (!leaves && (answer.statusCode !== response.status || !answer.complete)) reject(new Error('cut answer'));
          else resolve();
        });
        if (leaves) setTimeout(() => sending.destroy(), LEAVE_AFTER_MS);
      },
    );
    sending.on('error', (error) => {
      if (leaves || response.status === null) resolve();
      else reject(sending.reusedSocket ? new StaleConnectionError() : error);
    });
    sending.end(body);
    if (response === null) setTimeout(() => sending.destroy(), LEAVE_AFTER_MS);
    result.requests += 1;
  });
}

/** The text of a result in the last message, found without parsing half a megabyte. */
function resultIn(body: Buffer, toolUseId: string): string | null {
  const key = `"tool_use_id":"${toolUseId}","content":`;
  const at = body.lastIndexOf(key);
  if (at === -1) return null;
  const start = at + key.length;
  let end = start + 1;
  while (body[end] !== 0x22) end += body[end] === 0x5c ? 2 : 1;
  return JSON.parse(body.subarray(start, end + 1).toString());
}

/** One connection after the other through the proxy, kept for the next request. */
function agentTo(port: number): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const createConnection = (_: object, done: (error: Error | null, stream?: Duplex) => void) => {
    connect('localhost', port, proxy).then((socket) => done(null, socket), done);
  };
  return Object.assign(agent, { createConnection });
}

function show({ request: sent, response }: HistoryExchange): void {
  const text = response?.message?.content.flatMap((block) => (block.type === 'text' ? String(block.text) : [])) ?? [];
  process.stdout.write(
    `\r\n> ${sent.model ?? sent.url}\r\n${text.join(' ').slice(0, 2_000).replaceAll('\n', '\r\n')}\r\n`,
  );
}

function note(error: unknown): void {
  const message = describeError(error);
  result.wrong[message] = (result.wrong[message] ?? 0) + 1;
}

function fail(server: string): never {
  throw new Error(`wrap has given no server ${server}.`);
}
