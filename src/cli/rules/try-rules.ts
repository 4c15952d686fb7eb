import { toJsonRow } from '../../base/json-row.js';
import { readTape } from '../../mcp/tape/index.js';
import type { RuleAction } from '../../model/rule.js';
import type { RuleSet, Tried } from '../../rules/index.js';
import { Trial } from '../../rules/index.js';
import { describeTrial } from '../../text/reports/rules.js';
import { withReader } from '../database.js';
import { outputWidth } from '../output.js';
import { sessionTapes, tapeFile } from '../replay/find-tapes.js';

export interface TryOptions {
  /** A tape, or a session. */
  recording: string;
  /** Rows of the table; JSON has all. */
  limit: number;
  /** Exit code 1 if one of these actions, or a rule without a message, was found. */
  failOn: readonly (RuleAction | 'unused')[];
}

/** Messages that JSON lists. */
const MAX_LISTED = 100_000;

export interface TrialReport {
  json: unknown;
  lines: string[];
  isFailure: boolean;
}

/** What rules would have done. @throws TapeError; UserError for an unknown session */
export async function tryRules(set: RuleSet, { recording, limit, failOn }: TryOptions): Promise<TrialReport> {
  const trial = new Trial(set);
  const found: Tried[] = [];
  let matched = 0;
  const actions = new Set<string>();
  const collect = async (tried: AsyncIterable<Tried>) => {
    for await (const each of tried) {
      matched += 1;
      for (const { action } of each.decision.hits) actions.add(action);
      if (found.length < MAX_LISTED) found.push(each);
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
  return {
    isFailure,
    lines: describeTrial(
      { messages: trial.messages, matched, rules, found: found.slice(0, limit) },
      outputWidth(),
      new Date(),
    ),
    json: {
      messages: trial.messages,
      matched,
      rules: toJsonRow(rules),
      found: found.map(({ decision, at, ...message }) => ({
        at: new Date(at).toISOString(),
        ...message,
        hits: decision.hits,
        redactions: decision.redactions,
        steps: decision.steps.map(stepToJson),
      })),
    },
  };
}

/** Bytes as text: those of a fault need not be JSON. */
function stepToJson(step: Tried['decision']['steps'][number]): unknown {
  if (!('bytes' in step)) return toJsonRow(step);
  const { bytes, ...rest } = step;
  return { ...rest, message: Buffer.from(bytes).toString() };
}
