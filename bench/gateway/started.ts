import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { fromBench } from '../child-process.js';
import { gatewayCommand } from './contestants.js';

type Env = Readonly<Record<string, string>>;

/** The process of a gateway with one route. */
export interface StartedGateway {
  pid: number;
  url: URL;
  stop(): Promise<void>;
}

/** The process of a server over HTTP. */
export interface StartedServer {
  url: string;
  stop(): Promise<void>;
}

/** @param node arguments for Node, before the program */
export async function startGatewayProcess(
  folder: string,
  env: Env,
  upstream: object,
  node: readonly string[] = [],
): Promise<StartedGateway> {
  const [override = '', file = '', ...args] = gatewayCommand(folder, upstream, '0').slice(1);
  const [name = '', value = ''] = override.split('=');
  const gateway = spawn(file, [...node, ...args], {
    env: { ...env, [name]: value, LOG: 'info' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const url = new URL(`${/http:\/\/[\d.:]+/.exec(await saying(gateway, 'http://'))?.[0]}/mcp/echo`);
  return {
    pid: gateway.pid ?? 0,
    url,
    async stop() {
      gateway.kill('SIGTERM');
      await once(gateway, 'exit');
    },
  };
}

export async function startHttpServer(env: Env): Promise<StartedServer> {
  const server = spawn(process.execPath, [fromBench('gateway/http-server.mjs')], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const port = await firstLine(server);
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    async stop() {
      server.stdin?.end();
      await once(server, 'exit');
    },
  };
}

/** @returns the text of the answer, or of an error, and the session that it opened, or null */
export function post(
  url: URL,
  agent: Agent,
  message: object,
  session: string | null,
): Promise<{ text: string; session: string | null }> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2025-06-18',
    ...(session !== null && { 'mcp-session-id': session }),
  };
  return new Promise((resolve) => {
    const sent = request(url, { method: 'POST', headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('close', () => resolve({ text, session: response.headers['mcp-session-id']?.toString() ?? null }));
    });
    sent.on('error', (error) => resolve({ text: String(error), session: null }));
    sent.end(JSON.stringify(message));
  });
}

/** An agent that keeps its connections, up to this many. */
export const keepingAgent = (maxSockets: number) => new Agent({ keepAlive: true, maxSockets });

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('the process has no stdout');
  for await (const line of createInterface({ input: stdout })) return line;
  throw new Error('the server printed nothing');
}

/** Waits for this text on stderr. @returns all of stderr so far */
function saying({ stderr }: ChildProcess, text: string): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    stderr?.setEncoding('utf8').on('data', (part: string) => {
      said += part;
      if (said.includes(text) && said.includes('\n')) resolve(said);
    });
  });
}
