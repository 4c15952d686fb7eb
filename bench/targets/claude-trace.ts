import { setTimeout as sleep } from 'node:timers/promises';
import type { LineProcess } from '../child-process.js';
import type { Turn } from '../measurement.js';
import { median } from '../numbers.js';
import { complaintOf, measureWith } from './client.js';
import type { Arena, Capture, Contestant, Runner } from './contestant.js';
import { databaseIn, startWrappedClient } from './product.js';
import { countStored, type Stored } from './stored.js';

const POLL_MS = 50;
/** Without a new row for this long, what is missing is lost, and is waited for no more. */
const STALLED_MS = 10_000;

/** The product with all of it on: intercepted by ANTHROPIC_BASE_URL, observed, redacted, attributed, stored in SQLite. */
export const claudeTrace: Contestant = {
  name: 'claude-trace',
  start: async (arena) => traced(arena, startWrappedClient(arena, { ANTHROPIC_BASE_URL: arena.upstream })),
};

/** @param client its traffic is captured in the arena's folder; what is stored there before it sends is not counted */
export function traced({ folder }: Arena, client: LineProcess): Runner {
  const database = databaseIn(folder);
  const old = countStored(database);
  const rates: Record<string, number[]> = {};
  let sent = 0;
  let missing = 0;
  const newOnes = (): Stored => {
    const { stored, attributed, cutBodies } = countStored(database);
    return {
      stored: stored - old.stored,
      attributed: attributed - old.attributed,
      cutBodies: cutBodies - old.cutBodies,
    };
  };
  let last: { turn: Turn; sent: number; startedAt: number } | null = null;

  async function settle(): Promise<void> {
    let changedAt = performance.now();
    for (let before = -1; performance.now() - changedAt < STALLED_MS; await sleep(POLL_MS)) {
      const { attributed } = newOnes();
      if (attributed + missing >= sent) break;
      if (attributed !== before) changedAt = performance.now();
      before = attributed;
    }
    missing = sent - newOnes().attributed;
    if (!last) return;
    const seconds = (performance.now() - last.startedAt) / 1000;
    rates[last.turn.workload] ??= [];
    rates[last.turn.workload]?.push(last.sent / seconds);
    last = null;
  }

  async function capture(): Promise<Capture> {
    const storedPerSecond = Object.entries(rates).map(([workload, each]) => [workload, median(each)]);
    return { sent, ...newOnes(), storedPerSecond: Object.fromEntries(storedPerSecond) };
  }

  return {
    measure: async (turn) => {
      const startedAt = performance.now();
      const measurement = await measureWith(client, turn);
      last = { turn, sent: measurement.sentSoFar - sent, startedAt };
      sent = measurement.sentSoFar;
      return measurement;
    },
    settle,
    stop: async () => {
      const complaints = complaintOf(await client.finish());
      return { complaints, capture: await capture() };
    },
  };
}
