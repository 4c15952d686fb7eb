import { fromBench, typescript } from '../child-process.js';
import { slope } from '../numbers.js';
import { startBesidePanel } from '../targets/beside-panel.js';
import { LOAD_CLIENT, measureWith } from '../targets/client.js';
import type { Arena } from '../targets/contestant.js';
import { FRAMES } from './frames.js';
import { residentMb } from './processes.js';
import type { Terminal } from './terminal.js';
import { listenForThreads } from './thread-probes.js';

/** What a `wrap` beside the panel holds, minute by minute of simulated use. Megabytes. */
export interface Memory {
  minutes: number;
  requests: number;
  /** Of the process, after garbage was collected in all its threads. */
  residentMb: (number | null)[];
  /** What each thread, by name, then has on its heap and beside it. The panel is in `main`. */
  liveMb: Readonly<Record<string, number>>[];
  /** By which the second half of the time grew. */
  residentGrowthMb: number | null;
  liveGrowthMb: number;
}

/** The key that leads to the panel, and back. */
export const PREFIX = '\x1d';
export const SIZES = [
  { width: 200, height: 50 },
  { width: 80, height: 24 },
  { width: 150, height: 40 },
];
const VIEWS = ['1', '3', '4', '5', '2'];
const SETTLE_MS = 50;

/**
 * A minute of use: fifty streamed answers or, each fifth time, thirty large requests, sixty frames of the child, a look at
 * another view of the panel, a resize.
 */
export async function measureMemory(arena: Arena, minutes: number): Promise<Memory> {
  const probes = await listenForThreads();
  const node = [process.execPath, '--expose-gc', '--import', fromBench('panel/probe.mjs')];
  const env = { ...arena.env, BENCH_PROBE: String(probes.port) };
  // What runs in the background of a shell has no stdin; the client needs none.
  const busy = [...typescript('panel/busy.ts'), String(FRAMES)].map((word) => `'${word}'`).join(' ');
  const child = ['sh', '-c', `"$@" & exec ${busy}`, 'sh', ...LOAD_CLIENT];
  const { client, pane } = await startBesidePanel({ ...arena, env }, child, node);
  await pane.terminal.shows(/ready/);
  const resident: (number | null)[] = [];
  const live: Record<string, number>[] = [];
  let requests = 0;
  for (let minute = 0; minute < minutes; minute += 1) {
    const workload = minute % 5 === 4 ? 'large, 1 connection' : 'stream, 1 connection';
    const measuring = measureWith(client, { workload, maxSeconds: 5 });
    await useFor(pane.terminal, minute);
    requests += (await measuring).requests;
    const probed = await probes.ask();
    live.push(Object.fromEntries(probed.map(({ name, liveMb }) => [name, liveMb])));
    resident.push(residentMb(pane.terminal.pid));
  }
  probes.close();
  await pane.close();
  const totals = live.map((each) => Object.values(each).reduce((sum, mb) => sum + mb, 0));
  return {
    minutes,
    requests,
    residentMb: resident,
    liveMb: live,
    residentGrowthMb: growth(resident.filter((mb) => mb !== null)),
    liveGrowthMb: growth(totals),
  };
}

async function useFor(terminal: Terminal, minute: number): Promise<void> {
  terminal.resize(SIZES[minute % SIZES.length] ?? { width: 120, height: 40 });
  for (const keys of [`${PREFIX}${VIEWS[minute % VIEWS.length]}`, 'j', 'j', '\x1b[6~', 'k', 'q']) {
    terminal.type(keys);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  }
  await terminal.answer('x', /■/);
}

/** Of the second half: in the first one caches fill. */
function growth(values: readonly number[]): number {
  const half = values.slice(Math.floor(values.length / 2));
  return slope(half) * (half.length - 1);
}
