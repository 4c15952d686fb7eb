/**
 * What the HTTP API of a `wrap` costs those who ask it, and the traffic beside it. Two databases with the same history, a `wrap`
 * with each. One is asked by many clients: first while its command sends more than a busy Claude Code (how long do clients
 * wait?), then while it sends as fast as it can, in turns with the other and with a direct connection (what does the proxy add?).
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startLineProcess, typescript } from '../child-process.js';
import { fillHistory } from '../fill-history.js';
import { measureOverhead, type Overhead } from '../overhead.js';
import { startUpstream } from '../start-upstream.js';
import { claudeTrace } from '../targets/claude-trace.js';
import type { Arena, Runner } from '../targets/contestant.js';
import { direct } from '../targets/direct.js';
import { databaseIn } from '../targets/product.js';
import { BUSY_SESSION } from '../workloads.js';
import type { Asked, Asking } from './clients.js';
import { operationsOf, serverOf } from './questions.js';

export interface ApiOptions {
  requests: number;
  /** Of the length of texts; 1: as Claude Code's. */
  scale: number;
  /** For which clients ask while a busy session is captured. */
  seconds: number;
  overhead: { rounds: number; maxSeconds: number };
}

export interface ApiBench {
  requests: number;
  clients: number;
  pauseMs: number;
  /** Requests a second of the busy session. */
  captured: number;
  paused: Asked;
  /** The same clients without pauses. */
  unpaused: Asked;
  overhead: Overhead[];
}

/** As many dashboards, each of which asks something once a second. */
const CLIENTS = 50;
const PAUSE_MS = 1_000;
const WARM_UP_SECONDS = 2;

/** The history began long ago, and stays. */
const KEEP_ALL = JSON.stringify({ retention_days: 36_500 });

/** @param folder for the databases */
export async function measureApi(folder: string, env: Arena['env'], options: ApiOptions): Promise<ApiBench> {
  const { requests, scale, seconds } = options;
  const { server: upstreamServer, ...upstream } = await startUpstream(folder, env);
  const arenaOf = (name: string): Arena => {
    const own = join(folder, name);
    mkdirSync(own);
    return { env, folder: own, ...upstream };
  };

  say(`${requests} requests`);
  const [alone, asked] = [arenaOf('alone'), arenaOf('asked')];
  fillHistory(databaseIn(asked.folder), requests, scale);
  mkdirSync(dirname(databaseIn(alone.folder)));
  copyFileSync(databaseIn(asked.folder), databaseIn(alone.folder));
  for (const arena of [alone, asked]) writeFileSync(join(arena.folder, 'config.json'), KEEP_ALL);

  const traced = await claudeTrace.start(asked);
  const server = await serverOf(databaseIn(asked.folder));
  const operations = await operationsOf(server);
  const clients = startLineProcess(typescript('api/clients.ts'), env);
  const ask = async (seconds: number, pauseMs: number): Promise<Asked> => {
    clients.send({ server, operations, clients: CLIENTS, pauseMs, seconds } satisfies Asking);
    return (await clients.next()) as Asked;
  };
  const askWhileBusy = async (seconds: number, pauseMs: number) => {
    const busy = traced.measure({ workload: BUSY_SESSION.name, maxSeconds: seconds });
    const asked = await ask(seconds, pauseMs);
    const captured = await busy;
    await traced.settle();
    return { asked, captured: captured.requests / captured.seconds };
  };
  say(`${CLIENTS} clients`);
  await askWhileBusy(WARM_UP_SECONDS, PAUSE_MS);
  const paused = await askWhileBusy(seconds, PAUSE_MS);
  const unpaused = await askWhileBusy(seconds / 3, 0);

  say('the proxy, asked and alone');
  const tracedWhileAsked: Runner = {
    ...traced,
    async measure(turn) {
      const asking = ask(turn.maxSeconds, PAUSE_MS);
      const measurement = await traced.measure(turn);
      await asking;
      return measurement;
    },
  };
  const overhead = await measureOverhead(
    [
      { name: direct.name, runner: await direct.start(arenaOf(direct.name)) },
      { name: 'alone', runner: await claudeTrace.start(alone) },
      { name: 'asked', runner: tracedWhileAsked },
    ],
    options.overhead.rounds,
    options.overhead.maxSeconds,
  );
  await clients.finish();
  await upstreamServer.finish();
  return {
    requests,
    clients: CLIENTS,
    pauseMs: PAUSE_MS,
    captured: paused.captured,
    paused: paused.asked,
    unpaused: unpaused.asked,
    overhead,
  };
}

function say(what: string): void {
  process.stderr.write(`api: ${what}\n`);
}
