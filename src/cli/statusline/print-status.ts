import { writeSync } from 'node:fs';
import type { Env } from '../../base/env.js';
import { UserError } from '../../base/errors.js';
import { limitedPeriods, nearlySpent } from '../../model/budget.js';
import { readBudgets } from '../../settings/budgets.js';
import { resolvePaths } from '../../settings/paths.js';
import { NothingCapturedError } from '../../store/errors.js';
import { glanceAt, type SessionGlance } from '../../store/read/glance.js';
import { type StatusFacts, statusLine } from '../../text/reports/status-line.js';
import { escapeUnsafe } from '../../text/text.js';
import { readStatusInput, type StatusInput } from './status-input.js';

/** Claude Code waits for the line: a busy database is left out of it. */
const BUSY_TIMEOUT_MS = 20;

/** For an stdin that stays open. Claude Code closes it at once. */
const INPUT_TIMEOUT_MS = 500;
const MAX_INPUT = 1_000_000;

/** Older versions of Claude Code do not say how wide the terminal is, and wrap what is too long. */
const DEFAULT_COLUMNS = 80;
/** Claude Code indents the line and cuts it this much before the right edge (seen in 2.1.332). */
const MARGIN = 4;

/** Reads the JSON about a session on stdin, and prints one line. Never fails: a status line has no place for errors. */
export async function printStatus(env: Env): Promise<void> {
  const facts = readFacts(readStatusInput(await readInput()), env);
  const line = statusLine(facts, widthOf(env), !env.NO_COLOR && env.TERM !== 'dumb');
  try {
    writeSync(1, `${escapeUnsafe(line)}\n`);
  } catch {
    // Claude Code does not wait for the line any more.
  }
}

async function readInput(): Promise<string> {
  const { stdin } = process;
  // Started by hand: a person would have to type JSON.
  if (stdin.isTTY) return '';
  let text = '';
  const patience = setTimeout(() => stdin.destroy(), INPUT_TIMEOUT_MS);
  try {
    for await (const chunk of stdin.setEncoding('utf8')) {
      text += chunk;
      if (text.length > MAX_INPUT) break;
    }
  } catch {
    // The part that came before the failure or the timeout may be enough.
  }
  clearTimeout(patience);
  return text;
}

/**
 * The groups, and the cost and cache share of the whole session, are in the database. Claude Code has the size of the context
 * a moment earlier, and knows all but the groups of a session that is not traced.
 */
function readFacts(input: StatusInput, env: Env): StatusFacts {
  const { session, budgets, problem } = readGlance(input, env);
  const { model, window, lastUsage } = input;
  const tokens = lastUsage?.tokens ?? session?.context?.tokens ?? null;
  return {
    model,
    context: tokens === null ? null : { tokens, window, groups: session?.context?.groups ?? [] },
    cost: costOf(session, input),
    cacheShare: cacheShareOf(session) ?? cacheShareOf(lastUsage),
    budgets,
    problem,
  };
}

interface ReadGlance extends Pick<StatusFacts, 'budgets'> {
  session: SessionGlance | null;
  /** Why there are no groups. */
  problem: string | null;
}

function readGlance({ sessionId }: StatusInput, env: Env): ReadGlance {
  const isUnnamed = sessionId === null;
  try {
    const { database, configFile } = resolvePaths(env);
    const budgets = readBudgets(configFile);
    const { session, spending } = glanceAt(database, sessionId, limitedPeriods(budgets), BUSY_TIMEOUT_MS);
    const problem = isUnnamed ? 'no session' : session === null ? 'not traced' : null;
    return { session, budgets: nearlySpent(budgets, spending), problem };
  } catch (error) {
    return { session: null, budgets: [], problem: isUnnamed ? 'no session' : problemOf(error) };
  }
}

function problemOf(error: unknown): string {
  if (error instanceof UserError) return 'HOME not known';
  return error instanceof NothingCapturedError ? 'not traced' : 'database not readable';
}

/** Claude Code's own figure is an estimate. */
function costOf(session: SessionGlance | null, { costUsd }: StatusInput): StatusFacts['cost'] {
  if (session !== null && session.costUsd !== null) return { usd: session.costUsd, isEstimate: session.isEstimate };
  return costUsd === null ? null : { usd: costUsd, isEstimate: true };
}

function cacheShareOf(input: { inputTokens: number; cacheReadTokens: number } | null): number | null {
  return input === null || input.inputTokens === 0 ? null : input.cacheReadTokens / input.inputTokens;
}

function widthOf({ COLUMNS }: Env): number {
  const columns = Number(COLUMNS);
  return Math.max(1, (Number.isInteger(columns) && columns > 0 ? columns : DEFAULT_COLUMNS) - MARGIN);
}
