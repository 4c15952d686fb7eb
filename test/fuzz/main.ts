/**
 * Gives new inputs to the targets, in turns, until the time is over. A target that has failed is not tried again.
 *
 * usage: npm run fuzz -- [target …] [--minutes N] [--seed N [--path P]]
 */
import { parseArgs } from 'node:util';
import type { FuzzFailure, FuzzTarget } from './target.js';
import { TARGETS } from './targets/index.js';

const DEFAULT_MINUTES = '1';
/** Target duration of the runs of one seed. Short runs show the seed of an input that never ends. */
const MAX_BATCH_MS = 5_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: DEFAULT_MINUTES },
    seed: { type: 'string' },
    path: { type: 'string' },
  },
});
const unknown = positionals.filter((name) => !TARGETS.some((target) => target.name === name));
if (unknown.length > 0) {
  console.error(`No such target: ${unknown.join(', ')}. Targets: ${TARGETS.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
const chosen = TARGETS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
process.exitCode = values.seed === undefined ? await fuzz(Number(values.minutes)) : await replay(Number(values.seed));

/** @returns the exit code */
async function fuzz(minutes: number): Promise<number> {
  const end = performance.now() + minutes * 60_000;
  const states = new Map(chosen.map((target) => [target, { tried: 0, runs: target.ciRuns }]));
  let failures = 0;
  for (let seed = Math.trunc(Math.random() * 2 ** 31); performance.now() < end && states.size > 0; seed++) {
    for (const [target, state] of [...states]) {
      if (performance.now() >= end) break;
      process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${target.name} --seed ${seed}` : '');
      const began = performance.now();
      const failure = await target.run({ seed, runs: state.runs });
      const took = performance.now() - began;
      state.tried += state.runs;
      if (took < MAX_BATCH_MS / 2) state.runs *= 2;
      else if (took > MAX_BATCH_MS && state.runs > 1) state.runs = Math.ceil(state.runs / 2);
      if (failure === null) continue;
      failures += 1;
      report(target, failure);
      states.delete(target);
    }
  }
  process.stderr.write(process.stderr.isTTY ? '\r\u001b[K' : '');
  for (const [{ name }, { tried }] of states) console.log(`${name}: ${tried} inputs, all as they must be`);
  return failures > 0 ? 1 : 0;
}

async function replay(seed: number): Promise<number> {
  let failures = 0;
  for (const target of chosen) {
    const { path } = values;
    const failure = await target.run({ seed, runs: target.ciRuns, ...(path === undefined ? {} : { path }) });
    if (failure === null) console.log(`${target.name}: as it must be`);
    else {
      failures += 1;
      report(target, failure);
    }
  }
  return failures > 0 ? 1 : 0;
}

function report({ name }: FuzzTarget, { seed, path, input, error }: FuzzFailure): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  console.log(
    `\n${name} failed with\n${input}\n\n${text}\n\nReplay: npm run fuzz -- ${name} --seed ${seed} --path ${path}\n`,
  );
}
