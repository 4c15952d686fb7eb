import { median } from '../numbers.js';
import { type Answers, NO_ANSWERS } from './terminal.js';
import type { Wrapped } from './wrappers.js';

/** What whoever shows a child writes to the terminal, in turns: bytes for each thing that the child did. */
export interface ShownBytes {
  /** What the child did. */
  work: string;
  terminal: string;
  /** By name of who showed it. */
  bytes: Record<string, number | null>;
}

/** Terminals differ in what can be scrolled beside a panel. */
export const TERMINALS: Readonly<Record<string, Answers>> = {
  'tells nothing': NO_ANSWERS,
  'shows updates whole': { '\x1b[?2026$p': '\x1b[?2026;2$y' },
  'and has side margins': { '\x1b[?2026$p': '\x1b[?2026;2$y', '\x1b[?69$p': '\x1b[?69;2$y' },
};

/** Keys of the child `work.ts`. */
const WORKS: Readonly<Record<string, string>> = {
  s: 'a line of text',
  t: 'a typed character',
  f: 'a full screen of other text',
  c: 'a full screen with a clock',
};

/** Number of steps for each key; frames of 60 a second are over in between. */
export const STEPS = 20;
const SETTLE_MS = 300;

/** A first round warms up. */
export async function measureBytes(
  wrapped: readonly Wrapped[],
  terminal: string,
  rounds: number,
): Promise<ShownBytes[]> {
  const all: ShownBytes[] = [];
  for (const [key, work] of Object.entries(WORKS)) {
    const counts = wrapped.map((): number[] => []);
    for (let round = 0; round <= rounds; round += 1) {
      for (const [index, each] of wrapped.entries()) {
        const before = each.terminal.bytes();
        await each.terminal.answer(key, /■/);
        await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
        if (round > 0) counts[index]?.push((each.terminal.bytes() - before) / STEPS);
      }
    }
    const bytes = Object.fromEntries(wrapped.map(({ name }, index) => [name, median(counts[index] ?? [])]));
    all.push({ work, terminal, bytes });
  }
  return all;
}
