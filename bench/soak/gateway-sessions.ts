import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewayConfig } from '../../src/gateway/config/schema.js';
import { startGateway } from '../../src/gateway/gateway.js';
import { processFigures } from '../panel/processes.js';

/** Number of memory samples, over all sessions. */
const SAMPLES = 50;

/** A server on stdio that starts in 2 ms: a shell that answers every request, and crashes when it is asked to. */
export const SHELL_SERVER = `
while read -r line; do
  case $line in
    *crash*) exit 3 ;;
    *'"id":'*)
      id=\${line#*\\"id\\":}
      id=\${id%%[,\\}]*}
      printf '{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"sh","version":"1"}}}\\n' "$id" ;;
  esac
done
`;

export interface MemorySample {
  /** Number of sessions that had begun. */
  sessions: number;
  heapBytes: number;
  externalBytes: number;
  residentBytes: number;
  openFiles: number;
}

export interface SessionsPlayed {
  sessions: number;
  /** Number of sessions with wrong answers, by their statuses. */
  errors: Record<string, number>;
  ms: number;
  /** After each fiftieth of the sessions, and garbage collection (with --expose-gc). */
  memory: MemorySample[];
  /** Processes of servers: after the last session was reaped, and after the gateway stopped. */
  left: [running: number, stopped: number];
}

/**
 * Plays short sessions with a stdio server behind a gateway of this process. Of ten, eight are deleted by their client, one is
 * forgotten by it, and the server of one crashes.
 * @param idle time after which a forgotten session ends; on a busy machine, a client may take seconds between two requests
 */
export async function playGatewaySessions(sessions: number, atOnce: number, idle = '5s'): Promise<SessionsPlayed> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-sessions-'));
  const script = join(folder, 'server.sh');
  writeFileSync(script, SHELL_SERVER);
  const config = gatewayConfig.parse({
    version: 1,
    listen: { port: 0 },
    routes: {
      sh: {
        upstreams: [{ command: ['/bin/sh', script], pool: { max: 10 * atOnce, min_idle: 2 } }],
        limits: { session_idle: idle },
      },
    },
  });
  const gateway = await startGateway({ file: '', folder, config }, { report: () => {} });
  const url = `${gateway.url}/mcp/sh`;
  const between = Math.ceil(sessions / SAMPLES);
  const memory: MemorySample[] = [];
  let next = 0;
  const errors: Record<string, number> = {};
  const start = performance.now();

  async function worker(): Promise<void> {
    for (let number = next++; number < sessions; number = next++) {
      if (number % between === between - 1) memory.push(sample(number));
      const wrong = await playSession(url, number);
      if (wrong !== null) errors[wrong] = (errors[wrong] ?? 0) + 1;
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker));
  const ms = performance.now() - start;
  const running = await untilReaped(script, 2);
  await gateway.stop(0);
  const stopped = await untilReaped(script, 0);
  rmSync(folder, { recursive: true });
  return {
    sessions,
    errors,
    ms,
    memory,
    left: [running, stopped],
  };
}

/** @returns the statuses if they are wrong, or null */
async function playSession(url: string, number: number): Promise<string | null> {
  const crashes = number % 10 === 0;
  const isForgotten = number % 10 === 1;
  const opened = await send(url, 'POST', { jsonrpc: '2.0', id: 0, method: 'initialize', params: {} });
  const statuses = [opened.status];
  if (opened.session !== null) {
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: crashes ? 'crash' : 'x' } };
    statuses.push((await send(url, 'POST', call, opened.session)).status);
    if (!crashes && !isForgotten) statuses.push((await send(url, 'DELETE', null, opened.session)).status);
  }
  const given = statuses.join(' ');
  return given === (crashes ? '200 502' : isForgotten ? '200 200' : '200 200 200') ? null : given;
}

async function send(url: string, method: string, message: object | null, session?: string) {
  const response = await fetch(url, {
    method,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(session !== undefined && { 'mcp-session-id': session }),
    },
    body: message === null ? null : JSON.stringify(message),
  });
  await response.arrayBuffer();
  return { status: response.status, session: response.headers.get('mcp-session-id') };
}

/** Waits until this number of servers is left, or no more end. */
async function untilReaped(script: string, wanted: number): Promise<number> {
  let count = countOf(script);
  for (let look = 0; look < 60 && count > wanted; look++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    count = countOf(script);
  }
  return count;
}

function countOf(script: string): number {
  const lines = execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line === `/bin/sh ${script}`).length;
}

function sample(sessions: number): MemorySample {
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  const openFiles = processFigures(process.pid)?.openFiles ?? 0;
  return { sessions, heapBytes: heapUsed, externalBytes: external, residentBytes: rss, openFiles };
}
