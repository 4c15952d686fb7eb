import { parseArgs } from 'node:util';

export interface Options {
  rounds: number;
  /** At most this long for one contestant's turn at one workload. */
  maxSeconds: number;
  startUps: number;
  jsonFile: string | null;
}

/** @throws TypeError for an option that does not exist */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({ args, options: { quick: { type: 'boolean' }, json: { type: 'string' } } });
  const length = values.quick
    ? { rounds: 3, maxSeconds: 0.25, startUps: 5 }
    : { rounds: 15, maxSeconds: 1, startUps: 10 };
  return { ...length, jsonFile: values.json ?? null };
}
