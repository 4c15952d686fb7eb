/**
 * What a history of thousands of requests costs to keep and to ask. One database grows and is copied at each size; then all
 * sizes are asked the same questions in turns, so that whatever else the machine does is in none of the ratios. Questions are
 * measured in CPU time (the files are in memory), inserts and whole commands by the clock. Beside it a plain table of whole
 * bodies.
 */
import { spawnSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openReader, type Reader } from '../src/store/index.js';
import { SEARCHABLE } from '../test/support/history/writer.js';
import { fromBench } from './child-process.js';
import { type Loaded, loadSizes } from './history-load.js';
import { createPeer, type Peer } from './history-peer.js';
import { questionsTo } from './history-questions.js';
import { cpuTime, median, percentile, time } from './numbers.js';

export interface HistoryOptions {
  /** Requests at which it is measured, ascending. */
  sizes: readonly number[];
  /** Of the length of texts; 1: as Claude Code's. */
  scale: number;
  /** How often each question is asked. */
  turns: number;
  /** How often a whole command is run. */
  commands: number;
}

/** Milliseconds. */
export interface Times {
  p50: number;
  p95: number;
  p99: number;
}

/** What was measured at one size. */
export interface HistorySize {
  requests: number;
  rawBytes: number;
  diskBytes: number;
  insert: Times;
  /** CPU time. */
  questions: { name: string; target: number; times: Times }[];
  /** A whole process: `query --source mcp:serena --json`. */
  command: Times;
}

/** The plain table, beside ours with as many requests. */
export interface PeerComparison {
  requests: number;
  diskBytes: number;
  insert: Times;
  bySource: Times;
  byText: Times;
  ours: { insert: Times; bySource: Times; byText: Times };
}

export interface HistoryBench {
  sizes: HistorySize[];
  /** A process that does nothing. */
  bareNode: Times;
  peer: PeerComparison;
}

/** A peer that stores every byte would fill the disk. */
const PEER_REQUESTS = 10_000;
/** It reads every body for every text: seconds. */
const PEER_TEXTS = 3;

/** @param folder for the databases: gone afterwards */
export function measureHistory(folder: string, { sizes, scale, turns, commands }: HistoryOptions): HistoryBench {
  const peerFile = join(folder, 'peer.db');
  const peer = createPeer(peerFile);
  const loaded = loadSizes(folder, { sizes, scale }, { peer, peerRequests: PEER_REQUESTS });
  const readers = loaded.map(({ file }) => openReader(file));
  const questions = askInTurns(readers, turns);
  const { commandMs, bareMs } = runInTurns(loaded, commands);
  const compared = loaded.findLastIndex(({ requests }) => requests <= PEER_REQUESTS);
  const bench = {
    sizes: loaded.map(({ requests, rawBytes, diskBytes, insertMs }, index) => ({
      requests,
      rawBytes,
      diskBytes,
      insert: timesOf(insertMs),
      questions: questions[index] ?? [],
      command: timesOf(commandMs[index] ?? []),
    })),
    bareNode: timesOf(bareMs),
    peer: { ...comparePeer(peer, loaded[compared], readers[compared], turns), diskBytes: statSync(peerFile).size },
  };
  for (const reader of readers) reader.close();
  peer.close();
  rmSync(folder, { recursive: true });
  return bench;
}

/** @returns for each reader what it took to answer each question. */
function askInTurns(readers: readonly Reader[], turns: number): HistorySize['questions'][] {
  const asked = readers.map((reader) => questionsTo(reader).map((question) => ({ ...question, ms: [] as number[] })));
  for (const index of asked[0]?.keys() ?? []) {
    const same = asked.flatMap((questions) => questions[index] ?? []);
    for (const { ask } of same) ask(0);
    for (let turn = 0; turn < turns; turn += 1) {
      for (const { ask, ms } of same) ms.push(cpuTime(() => ask(turn)));
    }
  }
  return asked.map((questions) => questions.map(({ name, target, ms }) => ({ name, target, times: timesOf(ms) })));
}

function runInTurns(loaded: readonly Loaded[], commands: number) {
  const commandMs = loaded.map((): number[] => []);
  const bareMs: number[] = [];
  const query = [fromBench('../dist/cli/main.js'), 'query', '--source', 'mcp:serena', '--json'];
  for (let turn = 0; turn < commands; turn += 1) {
    for (const [index, { file }] of loaded.entries()) commandMs[index]?.push(time(() => run(query, dirname(file))));
    bareMs.push(time(() => run(['-e', '0'], '')));
  }
  return { commandMs, bareMs };
}

function run(args: readonly string[], dataDir: string): void {
  const env = { PATH: process.env.PATH ?? '', CLAUDE_TRACE_DATA_DIR: dataDir };
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
}

function comparePeer(peer: Peer, loaded: Loaded | undefined, reader: Reader | undefined, turns: number) {
  if (loaded === undefined || reader === undefined) throw new Error('No size is small enough for the peer.');
  const source = 'mcp:serena';
  const text = SEARCHABLE.rare;
  const bySource = inTurns(turns, [() => peer.bySource(source), () => reader.query({ source })]);
  const byText = inTurns(PEER_TEXTS, [() => peer.byText(text), () => reader.query({ text })]);
  return {
    requests: loaded.requests,
    insert: timesOf(loaded.peerInsertMs),
    bySource: bySource[0],
    byText: byText[0],
    ours: { insert: timesOf(loaded.insertMs), bySource: bySource[1], byText: byText[1] },
  };
}

function inTurns(turns: number, [one, other]: readonly [() => unknown, () => unknown]): [Times, Times] {
  const pairs = Array.from({ length: turns }, () => [time(one), time(other)] as const);
  return [timesOf(pairs.map(([ms]) => ms)), timesOf(pairs.map(([, ms]) => ms))];
}

function timesOf(values: readonly number[]): Times {
  return { p50: median(values) ?? 0, p95: percentile(values, 0.95) ?? 0, p99: percentile(values, 0.99) ?? 0 };
}
