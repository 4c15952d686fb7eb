import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, percentile } from '../numbers.js';
import { type ClaudeStarts, measureClaudeStarts } from './claude.js';
import { type Connection, connectStdio, INITIALIZE, SERVER } from './connections.js';
import { CONTESTANTS, throughShim } from './contestants.js';

export interface McpOptions {
  rounds: number;
  /** Calls of a round, one after the other. */
  calls: number;
  startUps: number;
  /** Runs of `claude -p`. */
  sessions: number;
}

/** One contestant: medians over the rounds. */
export interface McpRow {
  name: string;
  p50Ms: number | null;
  callsPerSecond: number | null;
}

export interface McpBench {
  rounds: number;
  rows: McpRow[];
  /** From the start of a server to its first answer, ms: medians. */
  startMs: { direct: number | null; shim: number | null; added: number | null };
  /** Proportional set size of a shim among eight that wait, MB; null where the system does not say. */
  shimMegabytes: number | null;
  /** Null where Claude Code is not there. */
  claude: ClaudeStarts | null;
  /** Contestants that could not take part, and why. */
  leftOut: Record<string, string>;
}

/** Calls that are under way at once, for the rate. */
const IN_FLIGHT = 16;
const SHIMS = 8;

/** All contestants in turns; the first round of each is not counted. */
export async function measureMcp(
  folder: string,
  env: Readonly<Record<string, string>>,
  options: McpOptions,
): Promise<McpBench> {
  const own = { ...env, CLAUDE_TRACE_DATA_DIR: join(folder, 'data'), CLAUDE_TRACE_CONFIG: join(folder, 'config.json') };
  const connections = new Map<string, Connection>();
  const leftOut: Record<string, string> = {};
  for (const { name, connect } of CONTESTANTS) {
    try {
      const connection = await connect(own, folder);
      connections.set(name, connection);
      await connection.call(INITIALIZE);
    } catch (error) {
      leftOut[name] = String(error);
    }
  }
  const rounds = new Map<string, { p50: number | null; rate: number }[]>();
  for (let round = 0; round <= options.rounds; round += 1) {
    for (const [name, connection] of connections) {
      const measured = {
        p50: await roundTrip(connection, options.calls),
        rate: await callRate(connection, options.calls),
      };
      if (round > 0) rounds.set(name, [...(rounds.get(name) ?? []), measured]);
    }
  }
  for (const connection of connections.values()) await connection.stop();
  return {
    rounds: options.rounds,
    rows: [...rounds].map(([name, each]) => ({
      name,
      p50Ms: median(each.map(({ p50 }) => p50)),
      callsPerSecond: median(each.map((measured) => measured.rate)),
    })),
    startMs: await measureStarts(own, options.startUps),
    shimMegabytes: await measureMemory(own),
    claude: await measureClaudeStarts(folder, options.sessions),
    leftOut,
  };
}

let lastId = 1;

function call(connection: Connection): Promise<string> {
  lastId += 1;
  const params = { name: 'echo', arguments: { text: 'The quick brown fox jumps over the lazy dog.' } };
  return connection.call({ jsonrpc: '2.0', id: lastId, method: 'tools/call', params } as { id: number });
}

export async function roundTrip(connection: Connection, calls: number): Promise<number | null> {
  const times: number[] = [];
  for (let index = 0; index < calls; index += 1) {
    const start = performance.now();
    await call(connection);
    times.push(performance.now() - start);
  }
  return percentile(times, 0.5);
}

export async function callRate(connection: Connection, calls: number): Promise<number> {
  const start = performance.now();
  const line = async () => {
    for (let index = 0; index < calls / IN_FLIGHT; index += 1) await call(connection);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, line));
  return (Math.ceil(calls / IN_FLIGHT) * IN_FLIGHT) / ((performance.now() - start) / 1000);
}

/** In turns, pair by pair. */
async function measureStarts(env: Readonly<Record<string, string>>, runs: number): Promise<McpBench['startMs']> {
  const time = async (command: readonly string[]) => {
    const start = performance.now();
    const connection = connectStdio(command, env);
    await connection.call(INITIALIZE);
    const took = performance.now() - start;
    await connection.stop();
    return took;
  };
  const pairs: [number, number][] = [];
  for (let run = 0; run < runs; run += 1) pairs.push([await time(SERVER), await time(throughShim('/nowhere/s'))]);
  return {
    direct: median(pairs.map(([direct]) => direct)),
    shim: median(pairs.map(([, shim]) => shim)),
    added: median(pairs.map(([direct, shim]) => shim - direct)),
  };
}

async function measureMemory(env: Readonly<Record<string, string>>): Promise<number | null> {
  if (!existsSync('/proc/self/smaps_rollup')) return null;
  const shims = Array.from({ length: SHIMS }, () => connectStdio(throughShim('/nowhere/s', ['cat']), env));
  for (const shim of shims) for (let index = 0; index < 20; index += 1) await shim.call({ ...INITIALIZE, id: index });
  await sleep(1_000);
  const sizes = shims.map(
    ({ pid }) => /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1],
  );
  for (const shim of shims) await shim.stop();
  const kilobytes = median(sizes.map(Number));
  return kilobytes === null ? null : kilobytes / 1024;
}
