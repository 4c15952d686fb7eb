import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { openStore } from '../../../src/store/index.js';
import type { HistoryExchange } from '../../../test/support/history/exchange.js';
import { makeHistory } from '../../../test/support/history/history.js';
import { loadHistory } from '../../../test/support/history/load.js';
import { freePort } from '../../../test/support/loopback.js';
import { serverOf } from '../../api/questions.js';
import { writeUpstreamCertificate } from '../../certificate.js';
import { fromBench, typescript } from '../../child-process.js';
import { SERVER } from '../../mcp/connections.js';
import { processFigures } from '../../panel/processes.js';
import { openTerminal } from '../../panel/terminal.js';
import { listenForThreads } from '../../panel/thread-probes.js';
import { databaseIn, productEnv, WRAP_SPLIT } from '../../targets/product.js';
import { clockEnv, type DayClock, simulatedNow, UNDER_CLOCK } from './day-clock.js';
import {
  type DailyRun,
  type DatabaseState,
  dailyRuns,
  databaseState,
  type StoredOfRun,
  storedSince,
} from './maintenance.js';
import { createSeries, type Series, type SeriesTrend, trendsOf } from './samples.js';
import { type DayResult, type DayTask, HTTP_SERVERS, STDIO_SERVERS } from './task.js';
import { type ApiUse, useApi, usePanel } from './users.js';

export interface DayOptions {
  /** Real. */
  minutes: number;
  /** Simulated. */
  hours: number;
  /** Of Claude, in all. */
  requests: number;
  /** Folder for heap snapshots of each thread, in the second hour and at the end; or null. */
  snapshots: string | null;
}

export interface DayOutcome {
  options: DayOptions;
  claude: DayResult;
  stored: StoredOfRun;
  api: ApiUse;
  looks: number;
  exitCode: number;
  /** From the end of the day to the end of `wrap`, real. A machine that was too busy catches up in this time. */
  endSeconds: number;
  /** Threads that have reported, those that were started again included. */
  threads: number;
  trends: SeriesTrend[];
  maintenance: { runs: DailyRun[]; states: DatabaseState[]; start: number };
  series: Series[];
}

const HOUR_MS = 3_600_000;
/** Of use before the day, so that retention has something to remove. */
const DAYS_BEFORE = 9;
const REQUESTS_BEFORE = 3_000;
const SCALE_BEFORE = 0.25;
const RETENTION_DAYS = 7;
/** Megabytes: reached in the course of the day. */
const MAX_DATABASE_MB = 40;
const SIZE = { width: 200, height: 50 };
/** Between looks, in simulated hours. */
const LOOK_HOURS = 1 / 12;
/** Garbage is collected only this often, so that between, the process is as in real use. */
const PROBE_HOURS = 1 / 3;
const API_CLIENTS = 4;
/** The end of the terminal's output, for an error. */
const SHOWN_CHARACTERS = 20_000;

/** Lets `wrap` with panel, API and MCP live through a day. @param folder for all its files */
export async function soakDay(
  folder: string,
  leastEnv: Readonly<Record<string, string>>,
  options: DayOptions,
  say: (line: string) => void,
): Promise<DayOutcome> {
  const { minutes, hours, requests, snapshots } = options;
  mkdirSync(folder, { recursive: true });
  const start = Date.now() - (hours + 1) * HOUR_MS;
  const place = { env: leastEnv, folder };
  const database = databaseIn(folder);
  fillBefore(database, start);

  const { certFile, keyFile, caFile } = writeUpstreamCertificate(folder);
  const [apiPort, mcpPort] = [await freePort(), await freePort()];
  const resultFile = join(folder, 'result.json');
  const task: DayTask = {
    start,
    to: start + hours * HOUR_MS,
    requests,
    apiPort,
    mcpPort,
    certFile,
    keyFile,
    resultFile,
  };
  const clock: DayClock = { from: Date.now() + 1_000, start, to: task.to, speed: (hours * 60) / minutes };
  const probes = await listenForThreads();
  const { HOME = folder } = leastEnv;
  const config = { 'mcp.stdio': true, retention_days: RETENTION_DAYS, max_db_mb: MAX_DATABASE_MB };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(HOME, '.claude.json'), JSON.stringify({ mcpServers: serversOf(mcpPort) }));

  const node = [process.execPath, '--expose-gc', ...UNDER_CLOCK, '--import', fromBench('panel/probe.mjs')];
  const terminal = openTerminal([...node, ...WRAP_SPLIT, writeClaude(folder)], SIZE, {
    ...productEnv(place),
    ...clockEnv(clock),
    ANTHROPIC_BASE_URL: `https://localhost:${apiPort}`,
    NODE_EXTRA_CA_CERTS: caFile,
    BENCH_PROBE: String(probes.port),
    DAY_TASK: JSON.stringify(task),
  });
  let shown = '';
  terminal.onRead((data) => {
    shown = (shown + data).slice(-SHOWN_CHARACTERS);
  });
  const ended = new AbortController();
  const exit = terminal.ended.finally(() => ended.abort());
  void sleep(clock.from + minutes * 60_000 - Date.now(), undefined, { ref: false }).then(() => ended.abort());
  const perHourMs = (minutes * 60_000) / hours;

  const api = serverOf(database).then((server) =>
    useApi(server, { clients: API_CLIENTS, pauseMs: perHourMs / 500, renewMs: perHourMs }, ended.signal),
  );
  const looks = sleep(3_000).then(() => usePanel(terminal, perHourMs / 6, ended.signal));

  const { all: series, add } = createSeries();
  const states: DatabaseState[] = [];
  let probedAt = Number.NEGATIVE_INFINITY;
  let snapshotsLeft = snapshots === null ? [] : [1.5, hours - 0.5];
  await sleep(3_000);
  while (!ended.signal.aborted) {
    const now = simulatedNow(clock);
    const at = (now - start) / HOUR_MS;
    sampleProcess(add, at, 'wrap', terminal.pid);
    sampleProcess(add, at, 'shim', resultOf(resultFile)?.shimPid ?? 0);
    states.push(databaseState(database, now));
    if (at >= probedAt + PROBE_HOURS) {
      probedAt = at;
      const isSnapshot = at >= (snapshotsLeft[0] ?? Number.POSITIVE_INFINITY);
      if (isSnapshot) snapshotsLeft = snapshotsLeft.slice(1);
      for (const thread of await probes.ask(isSnapshot && snapshots !== null ? snapshots : undefined)) {
        add(`${thread.name}: heap`, 'MB', at, thread.heapMb);
        add(`${thread.name}: external`, 'MB', at, thread.externalMb);
        add(`${thread.name}: resources`, '', at, thread.resources.length);
      }
      say(`${at.toFixed(1)} h: ${lineOf(series)}; database ${states.at(-1)?.usedMb.toFixed(0)} MB`);
    }
    await sleep(LOOK_HOURS * perHourMs, undefined, { signal: ended.signal }).catch(() => {});
  }
  const exitCode = await exit;
  const endSeconds = (Date.now() - clock.from) / 1_000 - minutes * 60;
  probes.close();
  const claude = resultOf(resultFile);
  if (claude === null) throw new Error(`The played Claude Code wrote no result: ${stripVTControlCharacters(shown)}`);
  return {
    options,
    claude,
    stored: storedSince(database, start),
    api: await api,
    looks: await looks,
    exitCode,
    endSeconds,
    threads: probes.count(),
    trends: trendsOf(series, hours),
    maintenance: { runs: dailyRuns(states, start), states, start },
    series,
  };
}

/** Stores the work of the days before. */
function fillBefore(database: string, start: number): void {
  mkdirSync(join(database, '..'), { recursive: true });
  const store = openStore(database);
  const startsAt = start - DAYS_BEFORE * 24 * HOUR_MS;
  const history = makeHistory({ seed: 1, requests: REQUESTS_BEFORE, days: DAYS_BEFORE, scale: SCALE_BEFORE, startsAt });
  loadHistory(store, until(history, start));
  store.close();
}

function* until(history: Iterable<HistoryExchange>, end: number): Generator<HistoryExchange> {
  for (const exchange of history) {
    if (exchange.request.timestamps.initiated >= end) return;
    yield exchange;
  }
}

function serversOf(mcpPort: number): object {
  const [command, ...args] = SERVER;
  return Object.fromEntries([
    ...STDIO_SERVERS.map((name) => [name, { command, args }]),
    ...HTTP_SERVERS.map((name) => [name, { type: 'http', url: `https://localhost:${mcpPort}/${name}` }]),
  ]);
}

/** A program with the name by which `wrap` knows Claude Code. */
function writeClaude(folder: string): string {
  const [node = '', ...words] = typescript('soak/day/claude.ts');
  const command = [node, ...UNDER_CLOCK, ...words].map((word) => `'${word}'`).join(' ');
  const file = join(folder, 'claude');
  writeFileSync(file, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  return file;
}

function sampleProcess(add: ReturnType<typeof createSeries>['add'], at: number, name: string, pid: number): void {
  const figures = processFigures(pid);
  if (figures === null) return;
  add(`${name}: resident`, 'MB', at, figures.residentMb);
  add(`${name}: proportional`, 'MB', at, figures.proportionalMb);
  add(`${name}: open files`, '', at, figures.openFiles);
  add(`${name}: system threads`, '', at, figures.threads);
}

function resultOf(file: string): DayResult | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as DayResult;
  } catch {
    return null;
  }
}

function lineOf(series: readonly Series[]): string {
  return series.map(({ name, points }) => `${name} ${points.at(-1)?.value.toFixed(1)}`).join(', ');
}
