import type { Size } from '../../src/tui/split/layout.js';
import { median, percentile } from '../numbers.js';
import { cpuOf } from './processes.js';
import type { Wrapped } from './wrappers.js';

/** From a typed key to the read of its echo, milliseconds. */
export interface Echo {
  name: string;
  p50Ms: number | null;
  p95Ms: number | null;
  /** What it adds to the p50 without a wrapper, round by round. */
  addedMs: number | null;
  /** CPU of what stands between, a key. */
  cpuMs: number | null;
}

export const ECHO_SIZE: Size = { width: 110, height: 40 };

/** In raw mode, as of any program that draws itself, and by a process: not the kernel's echo. */
export const ECHO_CHILD = ['sh', '-c', 'stty raw -echo; echo ready; exec cat'];

/** No panel and no escape sequence has one. */
const KEYS = Array.from('абвгдежзиклмнопрстуфхцчшщэюя');

/** A fast typist's; a frame of 60 a second is long over. */
const BETWEEN_KEYS_MS = 25;

/** In each round some keys for each in turn; the first round warms up and is not counted. */
export async function measureEcho(wrapped: readonly Wrapped[], rounds: number, keys: number): Promise<Echo[]> {
  const times = wrapped.map((): number[][] => []);
  const cpuMs = wrapped.map((): (number | null)[] => []);
  const pids = wrapped.map((each) => each.pids());
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, { terminal }] of wrapped.entries()) {
      const typed: number[] = [];
      const stop = cpuOf(pids[index] ?? []);
      for (let key = 0; key < keys; key += 1) {
        const character = KEYS[key % KEYS.length] ?? '';
        typed.push(await terminal.answer(character, new RegExp(character)));
        await new Promise((resolve) => setTimeout(resolve, BETWEEN_KEYS_MS));
      }
      const used = stop();
      if (round === 0) continue;
      times[index]?.push(typed);
      cpuMs[index]?.push(used === null ? null : used / keys);
    }
  }
  const [bare = []] = times;
  return wrapped.map(({ name }, index) => {
    const own = times[index] ?? [];
    const added = own.map((typed, round) => (median(typed) ?? 0) - (median(bare[round] ?? []) ?? 0));
    return {
      name,
      p50Ms: median(own.flat()),
      p95Ms: percentile(own.flat(), 0.95),
      addedMs: index === 0 ? null : median(added),
      cpuMs: median(cpuMs[index] ?? []),
    };
  });
}
