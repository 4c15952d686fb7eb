import { UserError } from '../../base/errors.js';
import { toJsonRow } from '../../base/json-row.js';
import { readTape } from '../../mcp/tape/index.js';
import type { RuleAction } from '../../model/rule.js';
import { type RuleSet, Trial, type Tried } from '../../rules/index.js';
import { notify } from '../../text/output/stderr.js';
import type { TrialSummary } from '../../text/reports/rules.js';
import { printableLine } from '../../text/text.js';
import { withReader } from '../database.js';
import { tapeFile, tapesOf } from '../replay/find-tapes.js';

export interface TryOptions {
  /** A tape, a session or a run. */
  recording: string;
  /** Maximum number of messages in `found`. */
  limit: number;
  /**
   * Actions that make the trial a failure if one of them was found. With `unused`, a rule without a message does so too; with `error`,
   * a rule that failed.
   */
  failOn: readonly (RuleAction | 'unused' | 'error')[];
}

export interface TrialReport extends TrialSummary {
  isFailure: boolean;
}

/** Finds out what rules would have done. @throws TapeError; UserError if the session is unknown or has no messages */
export async function tryRules(set: RuleSet, { recording, limit, failOn }: TryOptions): Promise<TrialReport> {
  const trial = new Trial(set);
  const found: Tried[] = [];
  let matched = 0;
  const actions = new Set<string>();
  const collect = async (tried: AsyncIterable<Tried>) => {
    for await (const each of tried) {
      matched += 1;
      for (const { action } of each.decision.hits) actions.add(action);
      if (found.length < limit) found.push(each);
    }
  };
  const file = await tapeFile(recording);
  if (file !== null) {
    const tape = await readTape(file);
    await collect(trial.run(tape));
    if (tape.outcome?.end === null) notify(`${printableLine(file)} is partial: what came later is not in it.`);
  } else {
    await withReader(false, async (reader) => {
      for (const tape of tapesOf(reader, recording)) await collect(trial.run(tape));
    });
  }
  // Nothing was tried: a CI job must not take this for a success.
  if (trial.messages === 0)
    throw new UserError(`No message of an MCP server was recorded in ${printableLine(recording)}.`);
  const rules = trial.status();
  const isFailure = failOn.some((what) => {
    if (what === 'unused') return rules.some(({ hits }) => hits === 0);
    return what === 'error' ? rules.some(({ lastError }) => lastError !== null) : actions.has(what);
  });
  return { messages: trial.messages, matched, rules, found, isFailure };
}

export function trialJson({ messages, matched, rules, found }: TrialSummary): unknown {
  return {
    messages,
    matched,
    rules: toJsonRow(rules),
    found: found.map(({ decision, at, ...message }) => ({
      at: new Date(at).toISOString(),
      ...message,
      hits: decision.hits,
      redactions: decision.redactions,
      steps: decision.steps.map(stepToJson),
    })),
  };
}

/** Bytes as text: those of a fault need not be JSON. */
function stepToJson(step: Tried['decision']['steps'][number]): unknown {
  if (!('bytes' in step)) return toJsonRow(step);
  const { bytes, ...rest } = step;
  return { ...rest, message: Buffer.from(bytes).toString() };
}
