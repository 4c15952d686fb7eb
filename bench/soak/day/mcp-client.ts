import { readFileSync } from 'node:fs';
import { type Agent, request } from 'node:http';
import { setTimeout as realTimeout } from 'node:timers';
import { connectStdio, INITIALIZE } from '../../mcp/connections.js';
import { UNDER_CLOCK } from './day-clock.js';

/** One connection of a client to an MCP server. */
export interface McpConnection {
  /** @param toolUseId as Claude Code sends it @throws Error unless the answer has the text */
  call(tool: string, text: string, toolUseId: string): Promise<void>;
  close(): Promise<void>;
}

interface Entry {
  command: string;
  args: string[];
  env: Record<string, string>;
}

const TIMEOUT_MS = 30_000;

interface Message {
  jsonrpc: string;
  id: number;
  method: string;
  params: object;
}

/** Sends a request and resolves with the answer. */
type Send = (message: Message) => Promise<string>;

/** The stdio servers of the configuration that `wrap` gives to Claude Code, by name. */
export function stdioServers(words: readonly string[]): Record<string, Entry> {
  const option = words.find((word) => word.startsWith('--mcp-config='));
  if (option === undefined) throw new Error('wrap has given no servers.');
  return JSON.parse(readFileSync(option.slice('--mcp-config='.length), 'utf8')).mcpServers;
}

export async function startStdio({ command, args, env }: Entry, onPid = (_pid: number) => {}): Promise<McpConnection> {
  const own = Object.entries(env).map(([name, value]) => [name, expand(value)]);
  const connection = connectStdio([command, ...UNDER_CLOCK, ...args.map(expand)], {
    ...definedIn(process.env),
    ...Object.fromEntries(own),
  });
  onPid(connection.pid);
  return speak((message) => inTime(connection.call(message)), connection.stop);
}

/** @param agent its connections go through the proxy */
export async function openHttp(url: URL, agent: Agent): Promise<McpConnection> {
  let session: string | undefined;
  const send = (method: string, message?: object): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2025-06-18',
        ...(session === undefined ? {} : { 'mcp-session-id': session }),
      };
      const sent = request(
        { host: url.hostname, port: url.port, path: url.pathname, method, headers, agent },
        (response) => {
          session ??= response.headers['mcp-session-id']?.toString();
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          response.on('end', () => resolve(text)).on('error', reject);
        },
      );
      sent.on('error', reject).setTimeout(TIMEOUT_MS, () => sent.destroy(new Error('no answer in time')));
      sent.end(message === undefined ? undefined : JSON.stringify(message));
    });
  return speak(
    (message) => send('POST', message),
    async () => void (await send('DELETE')),
  );
}

async function speak(send: Send, close: () => Promise<void>): Promise<McpConnection> {
  await send(INITIALIZE);
  let id = 0;
  return {
    async call(tool, text, toolUseId) {
      id += 1;
      const params = { name: tool, arguments: { text }, _meta: { 'claudecode/toolUseId': toolUseId } };
      const answer = await send({ jsonrpc: '2.0', id, method: 'tools/call', params });
      if (!answer.includes(JSON.stringify(text).slice(1, -1)))
        throw new Error(`another answer: ${answer.slice(0, 80)}`);
    },
    close,
  };
}

async function inTime(answer: Promise<string>): Promise<string> {
  // Not the global one, which may follow the simulated clock.
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = realTimeout(() => reject(new Error('no answer in time')), TIMEOUT_MS);
  });
  return Promise.race([answer, tooLate]).finally(() => clearTimeout(timer));
}

/** References to variables, as Claude Code replaces them. */
function expand(text: string): string {
  return text.replace(/\$\{(\w+)(?::-([^}]*))?\}/g, (whole, name, other) => process.env[name] ?? other ?? whole);
}

function definedIn(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
