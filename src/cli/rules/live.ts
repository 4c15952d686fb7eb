import { UserError } from '../../base/errors.js';
import { toJsonRow } from '../../base/json-row.js';
import type { PausedMessage } from '../../model/paused-message.js';
import { connectLiveRuns, type LiveRun } from '../../runtime/live-runs.js';
import { resolvePaths } from '../../settings/paths.js';
import { notify } from '../../text/output/stderr.js';
import { describePaused, describeRuleFailures, describeRuleFigures } from '../../text/reports/live-rules.js';
import { printableLine } from '../../text/text.js';
import { counted } from '../../text/units.js';
import { withReader } from '../database.js';
import { outputWidth } from '../output.js';
import { type Format, print } from './print.js';

/** Active runs with rules: the hits and failures of these, and the messages that they hold. */
export async function showStatus(format: Format): Promise<void> {
  await withRuns(async (runs) => {
    await withReader(true, async (reader) => {
      const status = runs.map(({ connection: _, ...run }) => ({
        ...run,
        hits: reader.ruleFigures({ runId: run.runId }),
      }));
      const rows = status.map(({ failures, ...run }) => ({
        ...run,
        failures: failures.map((failure) => ({ ...failure, at: new Date(failure.at) })),
      }));
      const now = new Date();
      await print(format, toJsonRow(rows), () => {
        if (status.length === 0) return ['No run with rules is active.'];
        return status.flatMap(({ runId, rules, paused, hits, failures }, index) => [
          ...(index === 0 ? [] : ['']),
          `${runId}  ${printableLine(rules)}`,
          // What a paused message matched is stored once it goes on its way.
          ...(hits.length === 0 && paused.length > 0 ? [] : describeRuleFigures(hits, outputWidth(), now)),
          ...(failures.length === 0 ? [] : ['', ...describeRuleFailures(failures, outputWidth(), now)]),
          ...(paused.length === 0 ? [] : ['', ...describePaused(paused, outputWidth(), now)]),
        ]);
      });
    });
  });
}

/** Lets paused messages pass. @param wanted an id, the beginning or the end of one, or `all` @throws UserError */
export async function resumePaused(wanted: string): Promise<void> {
  await withRuns(async (runs) => {
    const held = runs.flatMap((run) => run.paused.map((message) => ({ run, message })));
    const chosen = wanted === 'all' ? held : held.filter(({ message }) => isNamed(message, wanted));
    if (chosen.length === 0) {
      throw new UserError(
        held.length === 0 ? 'No message is paused.' : `No paused message has the id ${printableLine(wanted)}.`,
      );
    }
    if (wanted !== 'all' && chosen.length > 1) {
      throw new UserError(
        `${counted(chosen.length, 'paused message')} have an id like ${printableLine(wanted)}: give more of it.`,
      );
    }
    for (const { run, message } of chosen) run.connection.resume(message.id);
    notify(`${counted(chosen.length, 'message')} may pass.`);
  });
}

/** Ids of one time differ in their last characters. */
function isNamed({ id }: PausedMessage, wanted: string): boolean {
  return id.startsWith(wanted) || id.endsWith(wanted);
}

async function withRuns(work: (runs: LiveRun[]) => Promise<void>): Promise<void> {
  const runs = await connectLiveRuns(resolvePaths(process.env));
  try {
    await work(runs);
  } finally {
    for (const { connection } of runs) connection.end();
  }
}
