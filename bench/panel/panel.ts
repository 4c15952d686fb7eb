/**
 * What the terminal UI costs, beside what people would use without it: tmux or nothing. Everything that is compared is measured
 * in turns within one run. Where another process may take its time, figures are also CPU time.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { typescript } from '../child-process.js';
import { fillHistory } from '../fill-history.js';
import { measureOverhead, type Overhead } from '../overhead.js';
import { startUpstream } from '../start-upstream.js';
import { besidePanel } from '../targets/beside-panel.js';
import { claudeTrace } from '../targets/claude-trace.js';
import type { Arena, Contestant } from '../targets/contestant.js';
import { direct } from '../targets/direct.js';
import { databaseIn } from '../targets/product.js';
import { type BrowsedHistory, type Browsing, measureBrowsing } from './browse.js';
import { measureBytes, type ShownBytes, STEPS, TERMINALS } from './bytes.js';
import { ECHO_CHILD, ECHO_SIZE, type Echo, measureEcho } from './echo.js';
import { type Composing, FRAMES, FRAMES_SIZE, measureComposing, measureFrames, type ShownFrames } from './frames.js';
import { type Memory, measureMemory } from './memory.js';
import { measureStartUps, type StartUp } from './start-up.js';
import { inEach, type Place, type Wrapped } from './wrappers.js';

export interface PanelOptions {
  startUps: number;
  /** Rounds in which keys are typed, and keys for each contestant in a round. */
  echo: { rounds: number; keys: number };
  frameRounds: number;
  byteRounds: number;
  composed: number;
  overhead: { rounds: number; maxSeconds: number };
  /** Of simulated use. */
  minutes: number;
  /** Requests of the histories that are looked around in, and how often. */
  browse: { sizes: readonly number[]; scale: number; visits: number; laps: number };
}

export interface PanelBench {
  startUps: StartUp[];
  echo: Echo[];
  frames: ShownFrames[];
  composing: Composing;
  bytes: ShownBytes[];
  overhead: Overhead[];
  memory: Memory;
  browsing: Browsing[];
  /** Who could not take part, and why. */
  leftOut: string[];
}

/** @param folder for all files of it, which exists */
export async function measurePanel(folder: string, env: Arena['env'], options: PanelOptions): Promise<PanelBench> {
  const placeOf = (name: string): Place => {
    const own = join(folder, name);
    mkdirSync(own, { recursive: true });
    return { folder: own, env: { ...env, HOME: own, TERM: 'xterm-256color', LANG: 'C.UTF-8' } };
  };
  say('start-up');
  const startUps = await measureStartUps(placeOf('start-up'), options.startUps);

  say('echo');
  const { rounds, keys } = options.echo;
  const typed = await inEach(placeOf, ECHO_CHILD, ECHO_SIZE, (wrapped) => measureEcho(wrapped, rounds, keys));
  say('frames');
  const busy = [...typescript('panel/busy.ts'), String(FRAMES)];
  const drawn = await inEach(placeOf, busy, FRAMES_SIZE, (wrapped) => measureFrames(wrapped, options.frameRounds));
  const composing = await measureComposing(options.composed);
  say('bytes');
  const bytes: ShownBytes[] = [];
  const worker = [...typescript('panel/work.ts'), String(STEPS)];
  for (const [terminal, answers] of Object.entries(TERMINALS)) {
    const measure = (wrapped: readonly Wrapped[]) => measureBytes(wrapped, terminal, options.byteRounds);
    bytes.push(...(await inEach(placeOf, worker, ECHO_SIZE, measure, answers)).measured);
  }

  say('proxy with the pane and without');
  const { server, ...upstream } = await startUpstream(folder, env);
  const arenaOf = (name: string): Arena => ({ ...placeOf(name), ...upstream });
  const start = async ({ name, start }: Contestant) => ({ name, runner: await start(arenaOf(name)) });
  const overhead = await measureOverhead(
    [await start(direct), await start(claudeTrace), await start(besidePanel)],
    options.overhead.rounds,
    options.overhead.maxSeconds,
  );
  say('memory');
  const memory = await measureMemory(arenaOf('memory'), options.minutes);
  await server.finish();

  say('tui');
  const { sizes, scale, visits, laps } = options.browse;
  const histories = sizes.map((requests): BrowsedHistory => {
    const place = placeOf(`history-${requests}`);
    fillHistory(databaseIn(place.folder), requests, scale);
    return { requests, place };
  });
  const browsing = await measureBrowsing(histories, visits, laps);
  const leftOut = [...new Set([...typed.leftOut, ...drawn.leftOut])];
  return {
    startUps,
    echo: typed.measured,
    frames: drawn.measured,
    composing,
    bytes,
    overhead,
    memory,
    browsing,
    leftOut,
  };
}

function say(what: string): void {
  process.stderr.write(`panel: ${what}\n`);
}
