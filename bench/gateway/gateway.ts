import { readdirSync, readFileSync } from 'node:fs';
import { type Connection, INITIALIZE } from '../mcp/connections.js';
import { callRate, roundTrip } from '../mcp/mcp.js';
import { median } from '../numbers.js';
import { residentMegabytes } from '../peak-memory.js';
import { CONTESTANTS } from './contestants.js';
import { measureSessions, type SessionsBench } from './sessions.js';

export interface GatewayOptions {
  rounds: number;
  /** Calls of a round, one after the other. */
  calls: number;
  sessions: { sessions: number; seconds: number };
}

/** One contestant: medians over the rounds. */
export interface GatewayRow {
  name: string;
  p50Ms: number | null;
  callsPerSecond: number | null;
  /** Resident memory without that of the server, MB; null where the system does not say. */
  megabytes: number | null;
}

export interface GatewayBench {
  rounds: number;
  rows: GatewayRow[];
  sessions: SessionsBench;
  /** Contestants that could not take part, and why. */
  leftOut: Record<string, string>;
}

/** All contestants in turns; the first round of each is not counted. */
export async function measureGateway(
  folder: string,
  env: Readonly<Record<string, string>>,
  { rounds, calls, sessions }: GatewayOptions,
): Promise<GatewayBench> {
  const connections = new Map<string, Connection>();
  const leftOut: Record<string, string> = {};
  for (const { name, connect } of CONTESTANTS) {
    try {
      const connection = await connect(env, folder);
      connections.set(name, connection);
      if (name.startsWith('direct')) await connection.call(INITIALIZE);
    } catch (error) {
      leftOut[name] = String(error);
    }
  }
  const measured = new Map<string, { p50: number | null; rate: number }[]>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, connection] of connections) {
      const figures = { p50: await roundTrip(connection, calls), rate: await callRate(connection, calls) };
      if (round > 0) measured.set(name, [...(measured.get(name) ?? []), figures]);
    }
  }
  const rows = [...measured].map(([name, each]) => ({
    name,
    p50Ms: median(each.map(({ p50 }) => p50)),
    callsPerSecond: median(each.map(({ rate }) => rate)),
    megabytes: name.startsWith('direct') ? null : groupMegabytes(connections.get(name)?.pid ?? 0),
  }));
  for (const connection of connections.values()) await connection.stop();
  return { rounds, rows, sessions: await measureSessions(folder, env, sessions), leftOut };
}

/** Resident memory of the processes of a group that are not the benchmark's server. */
function groupMegabytes(group: number): number | null {
  try {
    const sizes = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
          const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
            .replace(/^.*\) /, '')
            .split(' ');
          const isOurs = Number(stat[2]) === group && !words.split('\0')[1]?.endsWith('echo-server.mjs');
          return isOurs ? (residentMegabytes(pid) ?? []) : [];
        } catch {
          return [];
        }
      });
    return sizes.length === 0 ? null : sizes.reduce((sum, each) => sum + each, 0);
  } catch {
    return null;
  }
}
