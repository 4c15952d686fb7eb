import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VERSION } from '../../../../src/settings/version.js';
import { openReader } from '../../../../src/store/index.js';
import { removeFolder } from '../../remove-folder.js';
import { startScriptedApi } from '../../scripted-api.js';
import { newTrace, type StoredExchange, type Trace } from '../traced.js';
import { checkWords, type Verdict } from './check.js';
import { playScenario, scriptOf } from './play.js';
import type { MakeScenario } from './scenario.js';
import { createWords, type Words } from './words.js';

export interface Played extends Verdict {
  words: Words;
  /** What the CLI wrote to stderr where it failed. */
  failures: string[];
  stored: readonly StoredExchange[];
  /** Names that claude-trace does not know, such as `header x-new`. */
  unknown: string[];
}

/** Plays a scenario with a version of the real CLI and a model, traced by claude-trace, in a folder of its own. */
export async function runScenario(version: string, model: string, makeScenario: MakeScenario): Promise<Played> {
  const root = await mkdtemp(join(tmpdir(), 'claude-trace-scenario-'));
  const trace = await newTrace();
  const words = createWords();
  const stage = { version, model, words, home: join(root, 'home'), cwd: join(root, 'project') };
  const scenario = makeScenario(stage);
  const api = await startScriptedApi({ script: scriptOf(scenario) });
  try {
    await mkdir(stage.cwd, { recursive: true });
    const failures = await playScenario(stage, scenario, { api, wrapArgv: trace.wrapArgv, env: trace.env });
    const stored = trace.stored();
    const { wrong, unseen } = checkWords(stored, words);
    const unsent = (word: string) => scenario.unsent?.includes(word) === true;
    return {
      words,
      failures,
      stored,
      wrong,
      unseen: unseen.filter((word) => !unsent(word)),
      unknown: unknownIn(trace),
    };
  } finally {
    await api.close();
    await trace.remove();
    await removeFolder(root);
  }
}

function unknownIn({ database }: Trace): string[] {
  const reader = openReader(database);
  try {
    return reader
      .novelties(VERSION)
      .flatMap(({ novelties }) => novelties.map(({ kind, name, requests }) => `${kind} ${name} (${requests})`));
  } finally {
    reader.close();
  }
}
