import { median, percentile } from '../numbers.js';
import type { Connection } from './connections.js';

export interface Contestant {
  name: string;
  /** Resolves with an initialized connection. */
  connect(env: Readonly<Record<string, string>>, folder: string): Promise<Connection>;
}

/** One contestant: medians over the rounds. */
export interface CallRow {
  name: string;
  p50Ms: number | null;
  callsPerSecond: number | null;
}

export interface InTurns {
  rows: CallRow[];
  /** Open connections, by contestant. */
  connections: ReadonlyMap<string, Connection>;
  /** Contestants that could not take part, and why. */
  leftOut: Record<string, string>;
}

/** Calls in progress at the same time, for the rate. */
const IN_FLIGHT = 16;

/** Calls of each kind before any is counted. Servers run for weeks; V8 has compiled the code of a call after some thousands. */
const WARM_UP_CALLS = 2_000;

/**
 * All contestants in turns; the first round of each is not counted.
 * @param calls of a round, one after the other
 */
export async function measureInTurns(
  contestants: readonly Contestant[],
  env: Readonly<Record<string, string>>,
  folder: string,
  { rounds, calls }: { rounds: number; calls: number },
): Promise<InTurns> {
  const connections = new Map<string, Connection>();
  const leftOut: Record<string, string> = {};
  for (const { name, connect } of contestants) {
    try {
      connections.set(name, await connect(env, folder));
    } catch (error) {
      leftOut[name] = String(error);
    }
  }
  const measured = new Map<string, { p50: number | null; rate: number }[]>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, connection] of connections) {
      const count = round === 0 ? Math.max(calls, WARM_UP_CALLS) : calls;
      const figures = { p50: await roundTrip(connection, count), rate: await callRate(connection, count) };
      if (round > 0) measured.set(name, [...(measured.get(name) ?? []), figures]);
    }
  }
  const rows = [...measured].map(([name, each]) => ({
    name,
    p50Ms: median(each.map(({ p50 }) => p50)),
    callsPerSecond: median(each.map(({ rate }) => rate)),
  }));
  return { rows, connections, leftOut };
}

let lastId = 1;

function call(connection: Connection): Promise<string> {
  lastId += 1;
  const params = { name: 'echo', arguments: { text: 'The quick brown fox jumps over the lazy dog.' } };
  return connection.call({ jsonrpc: '2.0', id: lastId, method: 'tools/call', params } as { id: number });
}

async function roundTrip(connection: Connection, calls: number): Promise<number | null> {
  const times: number[] = [];
  for (let index = 0; index < calls; index += 1) {
    const start = performance.now();
    await call(connection);
    times.push(performance.now() - start);
  }
  return percentile(times, 0.5);
}

async function callRate(connection: Connection, calls: number): Promise<number> {
  const start = performance.now();
  const line = async () => {
    for (let index = 0; index < calls / IN_FLIGHT; index += 1) await call(connection);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, line));
  return (Math.ceil(calls / IN_FLIGHT) * IN_FLIGHT) / ((performance.now() - start) / 1000);
}
