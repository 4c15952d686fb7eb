import type { Argv } from 'yargs';
import { UsageError, UserError } from '../../base/errors.js';
import { toJsonRow } from '../../base/json-row.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import { BYTES_PER_MB, type RetentionPolicy, retentionPolicy, sparedSince } from '../../settings/retention.js';
import { bytesOnDisk, type RetentionLimits } from '../../store/index.js';
import { notify } from '../../text/output/stderr.js';
import { describePlan, describePruned, describeTooLarge, type Pruned } from '../../text/reports/pruning.js';
import type { OptionsOf } from '../command-file.js';
import { withReader } from '../database.js';
import { EXIT_INTERRUPTED } from '../interrupt.js';
import { jsonOption } from '../options/shared-options.js';
import { parseTimeArgument } from '../options/time-argument.js';
import { printJson, printLines } from '../output.js';
import { pruneDatabase } from '../prune.js';

export function options(yargs: Argv) {
  return jsonOption(
    yargs
      .usage(
        'claude-trace prune [options]\n\n' +
          'Removes old requests and messages of MCP servers, and frees their space. Without options it uses the limits of the configuration ' +
          '(retention_days, max_db_mb). Statistics keep counting removed requests. The newest request stays, and the size ' +
          'limit never removes requests from the last 24 hours. It can be interrupted at any time, and started again.',
      )
      .option('older-than', {
        type: 'string',
        describe: 'remove requests before this time: an age such as 30d, or ISO 8601',
      })
      .option('max-mb', {
        type: 'number',
        describe: 'remove the oldest requests until the database is smaller than this',
      })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'say what would be removed, and change nothing',
      }),
  )
    .example('claude-trace prune --older-than 30d --dry-run', 'what would be removed')
    .example('claude-trace prune --max-mb 500', 'keep the database below 500 MB');
}

type Args = OptionsOf<typeof options>;

export async function run(args: Args): Promise<void> {
  const paths = resolvePaths(process.env);
  const limits = toLimits(args, retentionPolicy(await loadConfig(paths.configFile)), Date.now());
  if (args.dryRun) {
    const plan = await withReader(args.json, (reader) => reader.pruningPlan(limits));
    if (bytesOnDisk(paths.database) === 0) plan.usedBytes = 0;
    return args.json ? printJson(toJsonRow({ dryRun: true, ...plan })) : printLines([describePlan(plan, limits)]);
  }
  const { all, older, newest } = await withReader(args.json, (reader) => reader.countEnded(limits.olderThan));
  if (args.olderThan === undefined && older === all && newest !== null) throw wouldRemoveAll(all, newest);
  const result = bytesOnDisk(paths.database) > 0 ? await pruneDatabase(paths.database, limits, older) : NOTHING_PRUNED;
  if (result.interrupted) process.exitCode = EXIT_INTERRUPTED;
  await (args.json ? printJson(toJsonRow(result)) : printLines([describePruned(result)]));
  if (!result.interrupted && result.usedBytes > limits.maxBytes) {
    notify(describeTooLarge(result.usedBytes, limits.maxBytes));
  }
}

const NOTHING_PRUNED: Pruned = {
  requests: 0,
  mcpMessages: 0,
  bytesBefore: 0,
  bytesAfter: 0,
  usedBytes: 0,
  interrupted: false,
};

/** Options override the limits of the configuration. */
function toLimits({ olderThan, maxMb }: Args, policy: RetentionPolicy, now: number): RetentionLimits {
  if (maxMb !== undefined && !(maxMb > 0 && Number.isFinite(maxMb))) {
    throw new UsageError('--max-mb: give a number of megabytes above 0.');
  }
  const before = olderThan === undefined ? now - policy.maxAgeMs : parseTimeArgument(olderThan, 'older-than', now);
  if (before > now)
    throw new UsageError(`--older-than: "${olderThan}" is in the future: every request is older than that.`);
  return {
    olderThan: Math.max(0, before),
    maxBytes: maxMb === undefined ? policy.maxBytes : maxMb * BYTES_PER_MB,
    sparedSince: sparedSince(now),
  };
}

/** Probably the clock is wrong: a user who wants to remove everything would say so. */
function wouldRemoveAll(count: number, newest: Date): UserError {
  return new UserError(
    `By the clock of this computer all ${count} requests are older than retention_days allows; the newest is from ` +
      `${newest.toISOString()}. Nothing was removed: to remove them, give their age with --older-than.`,
  );
}
