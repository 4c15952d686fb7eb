import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromBench } from '../child-process.js';
import { INITIALIZE } from '../mcp/connections.js';
import { percentile } from '../numbers.js';
import { residentMegabytes } from '../peak-memory.js';
import { gatewayCommand } from './contestants.js';

export interface SessionsBench {
  sessions: number;
  seconds: number;
  calls: number;
  errors: number;
  p50Ms: number | null;
  p99Ms: number | null;
  /** Resident memory of the gateway after a third of the time, and at its end. */
  megabytes: { third: number | null; end: number | null };
}

/** Sessions that are open at once, each of which calls a tool, waits for the answer, and calls again. */
export async function measureSessions(
  folder: string,
  env: Readonly<Record<string, string>>,
  { sessions, seconds }: { sessions: number; seconds: number },
): Promise<SessionsBench> {
  const server = spawn(process.execPath, [fromBench('gateway/http-server.mjs')], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const port = await firstLine(server);
  const command = gatewayCommand(folder, { url: `http://127.0.0.1:${port}/mcp` }, '0').slice(1);
  const [override = '', file = '', ...args] = command;
  const [name = '', value = ''] = override.split('=');
  const gateway = spawn(file, args, {
    env: { ...env, [name]: value, LOG: 'info' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const url = new URL(`${/http:\/\/[\d.:]+/.exec(await saying(gateway, 'http://'))?.[0]}/mcp/echo`);
  const agent = new Agent({ keepAlive: true, maxSockets: sessions });
  const times: number[] = [];
  let errors = 0;
  const end = performance.now() + seconds * 1_000;
  const session = async () => {
    const opened = await post(url, agent, INITIALIZE, null);
    if (opened.session === null) errors += 1;
    for (let id = 1; performance.now() < end; id += 1) {
      const start = performance.now();
      const params = { name: 'echo', arguments: { text: String(id) } };
      const { text } = await post(url, agent, { jsonrpc: '2.0', id, method: 'tools/call', params }, opened.session);
      times.push(performance.now() - start);
      if (!text.includes(`"text":"${id}"`)) errors += 1;
    }
  };
  const third = sleep((seconds * 1_000) / 3).then(() => residentMegabytes(gateway.pid));
  await Promise.all(Array.from({ length: sessions }, session));
  const megabytes = { third: await third, end: residentMegabytes(gateway.pid) };
  agent.destroy();
  gateway.kill('SIGTERM');
  server.stdin?.end();
  await Promise.all([once(gateway, 'exit'), once(server, 'exit')]);
  return {
    sessions,
    seconds,
    calls: times.length,
    errors,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    megabytes,
  };
}

function post(
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

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('a process without stdout');
  for await (const line of createInterface({ input: stdout })) return line;
  throw new Error('the server said nothing');
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
