import { toJsonRow } from '../../base/json-row.js';
import { readTape } from '../../mcp/tape/index.js';
import type { RuleAction } from '../../model/rule.js';
import { type RuleSet, Trial, type Tried } from '../../rules/index.js';
import type { TrialSummary } from '../../text/reports/rules.js';
import { withReader } from '../database.js';
import { sessionTapes, tapeFile } from '../replay/find-tapes.js';

export interface TryOptions {
  /** A tape, or a session. */
  recording: string;
  /** Maximum number of messages in `found`. */
  limit: number;
  /** Actions that make the trial a failure if one of them was found; `unused`: so does a rule without a message. */
  failOn: readonly (RuleAction | 'unused')[];
}

export interface TrialReport extends TrialSummary {
  isFailure: boolean;
}

/** Finds out what rules would have done. @throws TapeError; UserError for an unknown session */
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
  if (file !== null) await collect(trial.run(await readTape(file)));
  else {
    await withReader(false, async (reader) => {
      for (const tape of sessionTapes(reader, recording)) await collect(trial.run(tape));
    });
  }
  const rules = trial.status();
  const isFailure = failOn.some((what) =>
    what === 'unused' ? rules.some(({ hits }) => hits === 0) : actions.has(what),
  );
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
