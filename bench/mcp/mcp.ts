import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../numbers.js';
import { type ClaudeStarts, measureClaudeStarts } from './claude.js';
import { connectStdio, INITIALIZE, openStdio, SERVER } from './connections.js';
import { CONTESTANTS, throughShim } from './contestants.js';
import { type CallRow, measureInTurns } from './in-turns.js';

export interface McpOptions {
  rounds: number;
  /** Calls of a round, one after the other. */
  calls: number;
  startUps: number;
  /** Runs of `claude -p`. */
  sessions: number;
}

export interface McpBench {
  rounds: number;
  rows: CallRow[];
  /** From the start of a server to its first answer, ms: medians. */
  startMs: { direct: number | null; shim: number | null; added: number | null };
  /** Proportional set size of a shim among eight that wait, MB; null where the system does not say. */
  shimMegabytes: number | null;
  /** Null where Claude Code is not there. */
  claude: ClaudeStarts | null;
  /** Contestants that could not take part, and why. */
  leftOut: Record<string, string>;
}

const SHIMS = 8;

export async function measureMcp(
  folder: string,
  env: Readonly<Record<string, string>>,
  options: McpOptions,
): Promise<McpBench> {
  const own = { ...env, CLAUDE_TRACE_DATA_DIR: join(folder, 'data'), CLAUDE_TRACE_CONFIG: join(folder, 'config.json') };
  const { rows, connections, leftOut } = await measureInTurns(CONTESTANTS, own, folder, options);
  for (const connection of connections.values()) await connection.stop();
  return {
    rounds: options.rounds,
    rows,
    startMs: await measureStarts(own, options.startUps),
    shimMegabytes: await measureMemory(own),
    claude: await measureClaudeStarts(folder, options.sessions),
    leftOut,
  };
}

/** In turns, pair by pair. */
async function measureStarts(env: Readonly<Record<string, string>>, runs: number): Promise<McpBench['startMs']> {
  const time = async (command: readonly string[]) => {
    const start = performance.now();
    const connection = await openStdio(command, env);
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
