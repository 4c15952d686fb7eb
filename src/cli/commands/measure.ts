import type { Argv } from 'yargs';
import { UsageError, UserError } from '../../base/errors.js';
import { toJsonRow } from '../../base/json-row.js';
import { type MeasurementPlan, planStoredMeasurements } from '../../history/measurement-plan.js';
import { correlationOf, requestId } from '../../model/ids.js';
import { type MeasuredSubject, measuredRequests } from '../../runtime/measure/measure-stored.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import { openStore, type Reader } from '../../store/index.js';
import { createProgress } from '../../text/output/progress.js';
import { counted } from '../../text/units.js';
import type { OptionsOf } from '../command-file.js';
import { withReader } from '../database.js';
import { catchInterrupt, EXIT_INTERRUPTED } from '../interrupt.js';
import {
  describeMeasurement,
  describeStop,
  isRefusedWhole,
  neededAccess,
  notifyUnattributed,
} from '../measure-texts.js';
import { jsonOption } from '../options/shared-options.js';
import { printJson, printLines } from '../output.js';
import { createSteps } from '../progress-steps.js';

export function options(yargs: Argv) {
  return jsonOption(
    yargs
      .usage(
        'claude-trace measure [request|session] [options]\n\n' +
          'Counts exact tokens with the API for the parts of requests that no bill shows separately. It calls count_tokens, ' +
          'which is free, with the key in ANTHROPIC_API_KEY. Secrets are redacted first. Each piece of content is counted once for ' +
          'each model. You can interrupt it at any time, and run it again to continue.',
      )
      .positional('subject', {
        type: 'string',
        describe: 'a request (req_…) or a session: its id or a prefix of it, its name, or last  [default: last]',
      })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'say how many requests to count_tokens are needed, without sending them',
      })
      .option('forget', {
        type: 'boolean',
        default: false,
        describe: 'remove all counts so far, such as those of a gateway that only estimates, and send nothing',
      }),
  )
    .example('claude-trace measure --dry-run', 'how many requests the latest session needs')
    .example('claude-trace measure', 'measure the latest session');
}

type Args = OptionsOf<typeof options>;

export async function run(args: Args): Promise<void> {
  const paths = resolvePaths(process.env);
  const { prices } = await loadConfig(paths.configFile);
  if (args.forget && (args.subject !== undefined || args.dryRun)) {
    throw new UsageError('--forget removes all counts: use it without a request, a session or --dry-run.');
  }
  await withReader(false, async (reader) => {
    if (args.forget) return forget(args, paths.database);
    const subject = toSubject(reader, args.subject ?? 'last');
    if (args.dryRun) return printPlan(args, await planOf(reader, subject));
    const access = neededAccess(process.env);
    const { measureStored } = await import('../../runtime/measure/measure-stored.js');
    const progress = createSteps();
    const interrupt = catchInterrupt();
    try {
      const result = await measureStored(subject, {
        reader,
        database: paths.database,
        access,
        env: process.env,
        prices,
        signal: interrupt.signal,
        onProgress: progress.show,
        onFailure: notifyUnattributed,
      });
      progress.end();
      const { reattributed, firstRefusal, stopped, ...figures } = result;
      const { attributed, contradicted } = reattributed;
      const complete = stopped === null && !isRefusedWhole(result);
      await (args.json
        ? printJson(toJsonRow({ ...figures, complete, attributed, contradicted }))
        : printLines(describeMeasurement(result)));
      if (stopped === 'interrupted') process.exitCode = EXIT_INTERRUPTED;
      else if (stopped !== null) throw new UserError(describeStop(stopped));
      else if (!complete) process.exitCode = 1;
    } finally {
      progress.end();
      interrupt.end();
    }
  });
}

function forget({ json }: Args, database: string): Promise<void> {
  const store = openStore(database);
  try {
    const pieces = store.forgetMeasurements();
    if (json) return printJson(toJsonRow({ forgotten: pieces }));
    return printLines([
      `The counts of ${counted(pieces, 'piece')} of content were removed. \`claude-trace reattribute\` attributes their requests without them.`,
    ]);
  } finally {
    store.close();
  }
}

/** @throws NotFoundError, AmbiguousIdError, UserError */
function toSubject(reader: Reader, given: string): MeasuredSubject {
  if (!given.startsWith('req_')) return { sessionId: reader.sessionId(given), request: null };
  const { id, sessionId } = reader.request(given);
  if (sessionId === null) {
    throw new UserError(
      `${id} is in no session of Claude Code. Only requests of sessions can be measured, since measuring attributes the session again.`,
    );
  }
  return { sessionId, request: requestId(correlationOf(id)) };
}

async function planOf(reader: Reader, subject: MeasuredSubject): Promise<MeasurementPlan> {
  const requests = measuredRequests(reader, subject);
  const progress = createProgress('planning', requests.length);
  try {
    return await planStoredMeasurements(reader, requests, { onProgress: progress.show });
  } finally {
    progress.end();
  }
}

function printPlan({ json }: Args, { counts, pieces }: MeasurementPlan): Promise<void> {
  const models = [...new Set(counts.map(({ model }) => model))].map((model) => ({
    model,
    requests: counts.filter((count) => count.model === model).length,
  }));
  if (json) return printJson(toJsonRow({ dryRun: true, requests: counts.length, pieces, models }));
  if (pieces === 0) return printLines(['Nothing is left to measure.']);
  const each = models.map(({ model, requests }) => `${requests} for ${model}`).join(', ');
  return printLines([
    `${counted(counts.length, 'request')} to count_tokens${models.length > 1 ? ` (${each})` : ''} for ${counted(pieces, 'piece')} ` +
      'of content. Nothing was sent.',
  ]);
}
