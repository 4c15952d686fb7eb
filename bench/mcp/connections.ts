import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/support/loopback.js';
import { fromBench } from '../child-process.js';
import { LeanClient } from './lean-client.js';

/** A client that is connected to a server: it sends requests and waits for their answers, and parses nothing. */
export interface Connection {
  /** Resolves with the answer, as text. */
  call(message: object & { id: number }): Promise<string>;
  pid: number;
  stop(): Promise<void>;
}

export const SERVER = [process.execPath, fromBench('mcp/echo-server.mjs')];

export const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '1.0.0' } },
};

type Env = Readonly<Record<string, string>>;

export function connectStdio([file = '', ...args]: readonly string[], env: Env): Connection {
  const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'ignore'] });
  const waiting = new Map<number, (line: string) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const id = Number(/"id":(\d+)/.exec(line)?.[1]);
    waiting.get(id)?.(line);
    waiting.delete(id);
  });
  return {
    call(message) {
      return new Promise((resolve) => {
        waiting.set(message.id, resolve);
        child.stdin.write(`${JSON.stringify(message)}\n`);
      });
    },
    pid: child.pid ?? 0,
    stop: () => stopped(child, () => child.stdin.end()),
  };
}

export async function openStdio(command: readonly string[], env: Env): Promise<Connection> {
  const connection = connectStdio(command, env);
  await connection.call(INITIALIZE);
  return connection;
}

/** A gateway that serves a stdio server over Streamable HTTP. @param command has the port in place of `PORT` */
export async function connectHttp(command: readonly string[], env: Env, path = '/mcp'): Promise<Connection> {
  const port = await freePort();
  const [file = '', ...args] = command.map((word) => word.replace('PORT', String(port)));
  const child = spawn(file, args, { env, stdio: 'ignore', detached: true });
  const client = new LeanClient(port, path);
  const call = (message: object) => client.post(JSON.stringify(message));
  for (let tries = 0; ; tries += 1) {
    try {
      await call(INITIALIZE);
      break;
    } catch (error) {
      if (tries === 100) throw error;
      await sleep(100);
    }
  }
  await call({ jsonrpc: '2.0', method: 'notifications/initialized' });
  return {
    call,
    pid: child.pid ?? 0,
    async stop() {
      client.close();
      // The gateway's server is in its group.
      await stopped(child, () => process.kill(-(child.pid ?? 0), 'SIGTERM'));
    },
  };
}

async function stopped(child: ChildProcess, stop: () => void): Promise<void> {
  const closed = new Promise((resolve) => child.once('close', resolve));
  stop();
  await closed;
}
