import { readdirSync, readFileSync } from 'node:fs';
import { listenForLines } from '../../panel/line-socket.js';
import { type Trend, trendOf } from '../../trend.js';

/** A figure at moments of a day. */
export interface Series {
  name: string;
  unit: string;
  /** `at`: simulated hours since the start. */
  points: { at: number; value: number }[];
}

/** How a series grew per simulated hour; null with too few points. */
export interface SeriesTrend {
  name: string;
  unit: string;
  /** After the first hour. */
  afterFirstHour: Trend | null;
  /** In the second half of the time, when the caches of sessions are full, too. */
  secondHalf: Trend | null;
  max: number | null;
}

export function trendsOf(series: readonly Series[], hours: number): SeriesTrend[] {
  return series.map(({ name, unit, points }) => {
    const since = (hour: number) => points.filter(({ at }) => at >= hour);
    const later = since(1);
    return {
      name,
      unit,
      afterFirstHour: trendOf(later),
      secondHalf: trendOf(since(hours / 2)),
      max: later.length === 0 ? null : Math.max(...later.map(({ value }) => value)),
    };
  });
}

/** Collects series by name. */
export function createSeries(): { add(name: string, unit: string, at: number, value: number): void; all: Series[] } {
  const all: Series[] = [];
  return {
    all,
    add(name, unit, at, value) {
      const known = all.find((each) => each.name === name);
      if (known === undefined) all.push({ name, unit, points: [{ at, value }] });
      else known.points.push({ at, value });
    },
  };
}

export interface ThreadMemory {
  name: string;
  heapMb: number;
  externalMb: number;
  resources: string[];
  detached: number;
}

/** Asks the threads of a process for what lives in them. */
export interface ThreadProbes {
  port: number;
  /** How many threads have ever reported. */
  count(): number;
  /** After garbage collection. @param snapshots a folder for heap snapshots */
  ask(snapshots?: string): Promise<ThreadMemory[]>;
  close(): void;
}

/** @see bench/panel/probe.mjs */
export async function listenForThreads(): Promise<ThreadProbes> {
  const server = await listenForLines();
  const threads = new Set<Awaited<ReturnType<typeof server.connected>>>();
  let count = 0;
  let isOpen = true;
  void (async () => {
    while (isOpen) {
      threads.add(await server.connected());
      count += 1;
    }
  })();
  return {
    port: server.port,
    count: () => count,
    async ask(snapshots) {
      const answers: ThreadMemory[] = [];
      for (const thread of threads) {
        thread.send(snapshots === undefined ? 'live' : `snapshot ${snapshots}`);
        const answer = await thread.next().catch(() => null);
        if (answer === null) threads.delete(thread);
        else answers.push(answer as ThreadMemory);
      }
      return answers;
    },
    close() {
      isOpen = false;
      server.close();
    },
  };
}

export interface ProcessFigures {
  residentMb: number;
  /** Shared pages count in part. */
  proportionalMb: number;
  openFiles: number;
  threads: number;
}

/** @returns null where /proc does not say */
export function processFigures(pid: number): ProcessFigures | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const number = (text: string, key: string) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(text)?.[1]);
    return {
      residentMb: number(status, 'VmRSS') / 1_000,
      proportionalMb: number(rollup, 'Pss') / 1_000,
      openFiles: readdirSync(`/proc/${pid}/fd`).length,
      threads: number(status, 'Threads'),
    };
  } catch {
    return null;
  }
}
