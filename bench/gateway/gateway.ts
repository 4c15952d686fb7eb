import { readdirSync, readFileSync } from 'node:fs';
import { type CallRow, measureInTurns } from '../mcp/in-turns.js';
import { residentMegabytes } from '../peak-memory.js';
import { CONTESTANTS } from './contestants.js';
import { measureSessions, type SessionsBench } from './sessions.js';
import { measureSizing, type SizingOptions, type SizingRow } from './sizing.js';

export interface GatewayOptions {
  rounds: number;
  /** Calls of a round, one after the other. */
  calls: number;
  sessions: { sessions: number; seconds: number };
  sizing: SizingOptions;
}

export interface GatewayRow extends CallRow {
  /** Resident memory without that of the server, MB; null where the system does not say. */
  megabytes: number | null;
}

export interface GatewayBench {
  rounds: number;
  rows: GatewayRow[];
  sessions: SessionsBench;
  sizing: SizingRow[];
  /** Contestants that could not take part, and why. */
  leftOut: Record<string, string>;
}

export async function measureGateway(
  folder: string,
  env: Readonly<Record<string, string>>,
  { rounds, calls, sessions, sizing }: GatewayOptions,
): Promise<GatewayBench> {
  const { rows, connections, leftOut } = await measureInTurns(CONTESTANTS, env, folder, { rounds, calls });
  const withMemory = rows.map((row) => ({
    ...row,
    megabytes: row.name.startsWith('direct') ? null : groupMegabytes(connections.get(row.name)?.pid ?? 0),
  }));
  for (const connection of connections.values()) await connection.stop();
  return {
    rounds,
    rows: withMemory,
    sessions: await measureSessions(folder, env, sessions),
    sizing: await measureSizing(folder, env, sizing),
    leftOut,
  };
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
