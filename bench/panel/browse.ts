import type { Size } from '../../src/tui/split/layout.js';
import { productEnv, TUI } from '../targets/product.js';
import { isReading, lookAround } from './keys.js';
import { cpuMsOf, cpuOf } from './processes.js';
import { openTerminal } from './terminal.js';
import { watchScreen } from './watched-screen.js';
import type { Place } from './wrappers.js';

/** Milliseconds from a key to the read of its answer. */
export interface Answers {
  answeredMs: number[];
  /** CPU that the process used meanwhile. */
  cpuMs: (number | null)[];
  /** To the read of all that was asked for: what takes its time is read after the answer. */
  wholeMs: number[];
}

/** What `tui` took on one history. */
export interface Browsing {
  requests: number;
  /** From the start of the process to the frame with the newest requests. */
  firstFrameMs: number[];
  firstFrameCpuMs: (number | null)[];
  byKey: Record<string, Answers>;
}

/** A history, and where its database lies. */
export interface BrowsedHistory {
  requests: number;
  place: Place;
}

const SIZE: Size = { width: 200, height: 50 };

/** So long nobody types: what is read after a frame is read, and falls to no other key. */
const REST_MS = 100;

/**
 * Looks around in each history, in turns, each time in a new process.
 * @param visits how many processes @param laps how often each looks at everything
 */
export async function measureBrowsing(
  histories: readonly BrowsedHistory[],
  visits: number,
  laps: number,
): Promise<Browsing[]> {
  const all = histories.map(
    ({ requests }): Browsing => ({ requests, firstFrameMs: [], firstFrameCpuMs: [], byKey: {} }),
  );
  for (let visit = 0; visit < visits; visit += 1) {
    for (const [index, { place }] of histories.entries()) {
      const browsing = all[index];
      if (browsing === undefined) continue;
      await visitHistory(place, laps, browsing);
    }
  }
  return all;
}

async function visitHistory(
  place: Place,
  laps: number,
  { firstFrameMs, firstFrameCpuMs, byKey }: Browsing,
): Promise<void> {
  const terminal = openTerminal(TUI, SIZE, productEnv(place));
  const screen = watchScreen(terminal, SIZE);
  firstFrameMs.push(await screen.until((now) => now.includes('▸')));
  firstFrameCpuMs.push(cpuMsOf([terminal.pid]));
  for (let lap = 0; lap < laps; lap += 1) {
    for (const { name, keys, isAnswer } of lookAround()) {
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
      byKey[name] ??= { answeredMs: [], cpuMs: [], wholeMs: [] };
      const answers = byKey[name];
      const before = screen.text();
      const stop = cpuOf([terminal.pid]);
      terminal.type(keys);
      answers.answeredMs.push(await screen.until((now) => isAnswer(now, before)));
      answers.cpuMs.push(stop());
      answers.wholeMs.push(await screen.until((now) => isAnswer(now, before) && !isReading(now)));
    }
  }
  await terminal.close();
}
