/**
 * The delays of a proxy that a person notices: of the first byte of an answer and of each of its events, at the pace of Claude Code, and
 * of the slowest of 1,000 connections. All contestants, mitmproxy included, take turns in one run; ours draws its panel.
 */
import { availableParallelism } from 'node:os';
import { complaintsOf, startContestants, stopAll } from '../contestants.js';
import { type Entry, playRounds, type Results } from '../rounds.js';
import { startUpstream } from '../start-upstream.js';
import { besidePanel } from '../targets/beside-panel.js';
import { blindTunnel } from '../targets/blind-tunnel.js';
import type { Arena, Capture } from '../targets/contestant.js';
import { direct } from '../targets/direct.js';
import { peer } from '../targets/peer.js';
import type { Verdict } from '../verdicts.js';
import { PACED, THOUSAND } from '../workloads.js';
import { type PacedRow, pacedRows, type ThousandRow, thousandRows } from './rows.js';
import { judgePaced } from './verdicts.js';

export interface PacedOptions {
  /** In each, every contestant has `PACED.maxRequests` requests. */
  rounds: number;
  thousand: { rounds: number; seconds: number };
}

export interface PacedBench {
  node: string;
  cpus: number;
  rounds: number;
  rows: PacedRow[];
  thousand: ThousandRow[];
  capture: Capture | null;
  leftOut: Record<string, string>;
  complaints: Record<string, string>;
  verdicts: Verdict[];
}

const CONTESTANTS = [direct, blindTunnel, besidePanel, peer('http-mitm-proxy'), peer('mockttp'), peer('mitmproxy')];

/** Maximum for a turn of one contestant, which ends with its last request. */
const MAX_SECONDS = 60;

/** Peers may take minutes to open 1,000 connections. */
const OF_THOUSAND = [direct, blindTunnel, besidePanel].map(({ name }) => name);

/** @param folder an existing one, for all files of the benchmark */
export async function measurePaced(folder: string, given: Arena['env'], options: PacedOptions): Promise<PacedBench> {
  const env = { ...given, TERM: 'xterm-256color', LANG: 'C.UTF-8' };
  const { server, caFile, upstream } = await startUpstream(folder, env);
  const { entries, leftOut } = await startContestants(CONTESTANTS, { env, caFile, upstream }, folder);
  const paced = await playRounds(entries, options.rounds, MAX_SECONDS, [PACED]);
  const thousand = await playThousand(entries, options.thousand);
  const endings = await stopAll(entries, server);
  const rows = pacedRows(paced.results);
  const ofThousand = thousandRows(thousand.results);
  const capture = endings.get(besidePanel.name)?.capture ?? null;
  return {
    node: process.version,
    cpus: availableParallelism(),
    rounds: options.rounds,
    rows,
    thousand: ofThousand,
    capture,
    leftOut: { ...leftOut, ...paced.failed, ...thousand.failed },
    complaints: complaintsOf(endings),
    verdicts: judgePaced(rows, ofThousand, capture),
  };
}

function playThousand(
  entries: readonly Entry[],
  { rounds, seconds }: PacedOptions['thousand'],
): Promise<{ results: Results; failed: Record<string, string> }> {
  const ofThousand = entries.filter(({ name }) => OF_THOUSAND.includes(name));
  return playRounds(ofThousand, rounds, seconds, [THOUSAND]);
}
