import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openReader, verifyFile } from '../../src/store/index.js';
import { typescript } from '../child-process.js';
import { messageId } from '../load/replies.js';
import type { Arena } from '../targets/contestant.js';
import { databaseIn, trustingEnv, WRAP } from '../targets/product.js';
import { REQUEST_NUMBER } from '../workloads.js';
import type { SoakPlan, SoakTraffic } from './plan.js';

/** What came of one soak: all of it should be 0 but the first figures. */
export interface SoakOutcome {
  answered: number;
  perSecond: number;
  /** From the end of the command to the end of `wrap`. */
  endSeconds: number;
  /** Errors of the client, the first of each kind. */
  errors: string[];
  /** What `wrap` told its user: a database that others write to may be locked for long on a busy machine. */
  notices: string[];
  /** Answered, and not stored as complete. */
  lost: number;
  /** Stored with an answer of another request. */
  mixed: number;
  /** Stored without attribution. */
  unattributed: number;
}

/** Wraps a client for each plan, all on the database of the arena, and looks what is stored. */
export async function soak(arena: Arena, plans: readonly SoakPlan[]): Promise<SoakOutcome> {
  const runs = await Promise.all(plans.map((plan) => wrapped(arena, plan).outcome));
  const answered = runs.flatMap(({ traffic }) => traffic.answered);
  const stored = storedIn(databaseIn(arena.folder));
  return {
    answered: answered.length,
    perSecond: Math.round(runs.reduce((sum, { traffic }) => sum + traffic.answered.length / traffic.seconds, 0)),
    endSeconds: Math.max(...runs.map(({ endSeconds }) => endSeconds)),
    errors: [...new Set(runs.flatMap(({ traffic }) => traffic.errors))],
    notices: [...new Set(runs.flatMap(({ notices }) => notices))],
    lost: answered.filter((number) => !stored.complete.has(number)).length,
    mixed: stored.mixed,
    unattributed: stored.unattributed,
  };
}

export interface KillOutcome {
  kills: number;
  /** Rows seen before the kills. */
  committed: number;
  /** Of these, gone or open again after them. */
  lost: number;
  /** What verification of the whole database finds. */
  damage: number;
}

/** Kills `wrap` in mid-traffic, over and over: what a reader has seen stays, and the database is whole. */
export async function killed(arena: Arena, kills: number): Promise<KillOutcome> {
  const database = databaseIn(arena.folder);
  const seen = new Set<string>();
  for (let index = 0; index < kills; index++) {
    const first = 1_000_000 * (index + 1);
    const { child, outcome } = wrapped(arena, {
      first,
      connections: 20,
      requests: 100_000,
      perSecond: null,
      seconds: 60,
      isMixed: true,
    });
    const before = seen.size;
    while (seen.size === before) {
      await sleep(Math.random() * 300);
      for (const id of completeIn(database)) seen.add(id);
    }
    await sleep(Math.random() * 500);
    for (const id of completeIn(database)) seen.add(id);
    child.kill('SIGKILL');
    await outcome.catch(() => {});
  }
  const reader = openReader(database);
  try {
    const lost = [...seen].filter((id) => reader.request(id).state !== 'complete').length;
    const { damage } = verifyFile(database);
    return { kills, committed: seen.size, lost, damage: damage.length };
  } finally {
    reader.close();
  }
}

interface WrappedRun {
  traffic: SoakTraffic;
  notices: string[];
  endSeconds: number;
}

function wrapped(arena: Arena, plan: SoakPlan): { child: ChildProcess; outcome: Promise<WrappedRun> } {
  mkdirSync(arena.folder, { recursive: true });
  const [file = '', ...args] = [...WRAP, ...typescript('soak/client.ts')];
  const child = spawn(file, args, {
    env: {
      ...trustingEnv(arena),
      ANTHROPIC_BASE_URL: arena.upstream,
      BENCH_UPSTREAM: arena.upstream,
      SOAK_PLAN: JSON.stringify(plan),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, outcome: outcomeOf(child) };
}

async function outcomeOf(child: ChildProcess): Promise<WrappedRun> {
  let said = '';
  let complaints = '';
  let saidAt = performance.now();
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk;
    saidAt = performance.now();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    complaints += chunk;
  });
  await once(child, 'close');
  const endSeconds = (performance.now() - saidAt) / 1_000;
  if (said === '') throw new Error(`the client did not come to its end: ${complaints}`);
  const notices = complaints.split('\n').filter((line) => line !== '');
  return { traffic: JSON.parse(said) as SoakTraffic, notices, endSeconds };
}

const PAGE = 1_000;

/** The numbers of all requests that are stored whole, and what is wrong with the others. */
function storedIn(database: string) {
  const complete = new Set<number>();
  let mixed = 0;
  let unattributed = 0;
  const reader = openReader(database);
  try {
    for (let offset = 0; ; offset += PAGE) {
      const { rows } = reader.query({ kind: 'messages' }, { limit: PAGE, offset });
      for (const row of rows) {
        if (row.state !== 'complete') continue;
        const headers = reader.request(row.id).requestHeaders;
        const number = Number(headers.find(([name]) => name.toLowerCase() === REQUEST_NUMBER)?.[1]);
        complete.add(number);
        const answer = Buffer.from(reader.responseBody(row.id) ?? []).toString();
        if (!answer.includes(messageId(number))) mixed += 1;
        if (row.attributed !== true) unattributed += 1;
      }
      if (rows.length < PAGE) return { complete, mixed, unattributed };
    }
  } finally {
    reader.close();
  }
}

/** Ids of requests that are complete, the latest thousand. None where there is no database yet. */
function completeIn(database: string): string[] {
  try {
    const reader = openReader(database);
    try {
      const { rows } = reader.query({ kind: 'messages' }, { limit: PAGE, offset: 0 });
      return rows.filter(({ state }) => state === 'complete').map(({ id }) => id);
    } finally {
      reader.close();
    }
  } catch {
    return [];
  }
}
