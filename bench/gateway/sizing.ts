import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromBench } from '../child-process.js';
import { INITIALIZE } from '../mcp/connections.js';
import { fixed } from '../mcp/report-lines.js';
import { cpuOf, processFigures } from '../panel/processes.js';
import { listenForThreads } from '../panel/thread-probes.js';
import { SHELL_SERVER } from '../soak/gateway-sessions.js';
import { keepingAgent, post, startGatewayProcess, startHttpServer } from './started.js';

type Env = Readonly<Record<string, string>>;

/** The needs of a gateway with one kind of server. Megabytes are those of its own process, without servers. */
export interface SizingRow {
  server: 'over HTTP' | 'on stdio';
  sessions: number;
  /** Heap and buffers after garbage collection, in KB for each session that was opened. */
  kilobytesPerSession: number;
  /** Without sessions, and with them. */
  residentMb: [idle: number, open: number];
  openFilesPerSession: number;
  /** CPU time of all threads for opening a session, and for a call in one; null if the system does not report it. */
  openCpuMs: number | null;
  callCpuMs: number | null;
}

export interface SizingOptions {
  /** Sessions with a server over HTTP, and with one on stdio, which has a process for each. */
  sessions: { http: number; stdio: number };
  calls: number;
}

const AT_ONCE = 20;
/** Time until closed connections are noticed. */
const SETTLE_MS = 1_000;

export async function measureSizing(folder: string, env: Env, options: SizingOptions): Promise<SizingRow[]> {
  const server = await startHttpServer(env);
  try {
    const { http, stdio } = options.sessions;
    const script = join(folder, 'server.sh');
    writeFileSync(script, SHELL_SERVER);
    const program = { command: ['/bin/sh', script], pool: { max: stdio } };
    const overHttp = { server: 'over HTTP', upstream: { url: server.url }, sessions: http } as const;
    const onStdio = { server: 'on stdio', upstream: program, sessions: stdio } as const;
    return [await measure(folder, env, overHttp, options.calls), await measure(folder, env, onStdio, options.calls)];
  } finally {
    await server.stop();
  }
}

const WITH_PROBE = ['--expose-gc', '--import', fromBench('panel/probe.mjs')];

async function measure(
  folder: string,
  env: Env,
  { server, upstream, sessions }: { server: SizingRow['server']; upstream: object; sessions: number },
  calls: number,
): Promise<SizingRow> {
  const probes = await listenForThreads();
  const gateway = await startGatewayProcess(folder, { ...env, BENCH_PROBE: String(probes.port) }, upstream, WITH_PROBE);
  const look = async () => {
    await sleep(SETTLE_MS);
    const threads = await probes.ask();
    const liveMb = threads.reduce((sum, { heapMb, externalMb }) => sum + heapMb + externalMb, 0);
    return { liveMb, ...(processFigures(gateway.pid) ?? { residentMb: Number.NaN, openFiles: Number.NaN }) };
  };
  const agent = keepingAgent(AT_ONCE);
  // The first calls load code, which must not count as memory of sessions.
  const warm = await open(gateway.url, agent, AT_ONCE);
  await callAll(gateway.url, agent, warm, calls);
  const before = await look();
  const openCpu = cpuOf([gateway.pid]);
  const opened = await open(gateway.url, agent, sessions - warm.length);
  const openCpuMs = openCpu();
  const after = await look();
  const callCpu = cpuOf([gateway.pid]);
  await callAll(gateway.url, agent, opened, calls);
  const callCpuMs = callCpu();
  agent.destroy();
  probes.close();
  await gateway.stop();
  return {
    server,
    sessions,
    kilobytesPerSession: ((after.liveMb - before.liveMb) * 1_000) / opened.length,
    residentMb: [before.residentMb, after.residentMb],
    openFilesPerSession: (after.openFiles - before.openFiles) / opened.length,
    openCpuMs: openCpuMs === null ? null : openCpuMs / opened.length,
    callCpuMs: callCpuMs === null ? null : callCpuMs / calls,
  };
}

async function open(url: URL, agent: Parameters<typeof post>[1], count: number): Promise<string[]> {
  const sessions: string[] = [];
  await inTurns(count, async () => {
    const { session, text } = await post(url, agent, INITIALIZE, null);
    if (session === null) throw new Error(`no session was opened: ${text}`);
    sessions.push(session);
  });
  return sessions;
}

async function callAll(url: URL, agent: Parameters<typeof post>[1], sessions: string[], calls: number): Promise<void> {
  await inTurns(calls, async (id) => {
    const params = { name: 'echo', arguments: { text: `text ${id}` } };
    const call = { jsonrpc: '2.0', id: id + 1, method: 'tools/call', params };
    const { text } = await post(url, agent, call, sessions[id % sessions.length] ?? null);
    if (!text.includes(`"id":${id + 1},"result"`)) throw new Error(`another answer: ${text}`);
  });
}

async function inTurns(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

export function describeSizing(rows: readonly SizingRow[]): string[] {
  return [
    `What the gateway needs (${processorName()})`,
    ...rows.map(
      (row) =>
        `  server ${row.server}, ${row.sessions} sessions: ${fixed(row.kilobytesPerSession, 1)} KB and ${fixed(row.openFilesPerSession, 2)} open files a session, ` +
        `resident ${fixed(row.residentMb[0], 0)} MB without and ${fixed(row.residentMb[1], 0)} MB with them; ` +
        `CPU ${fixed(row.openCpuMs, 2)} ms to open a session, ${fixed(row.callCpuMs, 2)} ms a call`,
    ),
  ];
}

function processorName(): string {
  try {
    const [, name] = /^model name\s*: (.+)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8')) ?? [];
    return `${name ?? 'unknown processor'}, Node ${process.version}`;
  } catch {
    return `Node ${process.version}`;
  }
}
