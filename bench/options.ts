import { parseArgs } from 'node:util';
import type { HistoryOptions } from './history.js';

export interface Options {
  /** `history`: nothing else is measured. */
  only: 'history' | null;
  rounds: number;
  /** At most this long for one contestant's turn at one workload. */
  maxSeconds: number;
  startUps: number;
  history: HistoryOptions;
  jsonFile: string | null;
}

/** @throws TypeError for an option that does not exist */
export function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    options: { quick: { type: 'boolean' }, json: { type: 'string' } },
    allowPositionals: true,
  });
  const [only = null, ...others] = positionals;
  if ((only !== null && only !== 'history') || others.length > 0)
    throw new TypeError(`What is ${positionals.join(' ')}?`);
  const length = values.quick
    ? { rounds: 3, maxSeconds: 0.25, startUps: 5, history: { sizes: [1_000], scale: 0.1, turns: 10, commands: 3 } }
    : {
        rounds: 15,
        maxSeconds: 1,
        startUps: 10,
        history: { sizes: sizesOf(only), scale: 0.25, turns: 40, commands: 15 },
      };
  return { ...length, only, jsonFile: values.json ?? null };
}

/** The largest takes minutes: only for those who ask for it alone. */
function sizesOf(only: 'history' | null): number[] {
  return only === 'history' ? [1_000, 10_000, 50_000] : [1_000, 10_000];
}
