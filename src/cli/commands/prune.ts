import type { Argv } from 'yargs';
import {
  bytesOnDisk,
  openReader,
  openStore,
  type PruningPlan,
  type RetentionLimits,
  StoreError,
} from '../../store/index.js';
import type { OptionsOf } from '../command-file.js';
import { loadConfig } from '../config-file.js';
import { UsageError, UserError } from '../errors.js';
import { formatBytes } from '../format/units.js';
import { resolvePaths } from '../paths.js';
import { createProgress } from '../progress.js';
import { BYTES_PER_MB, type RetentionPolicy, retentionPolicy } from '../retention.js';
import { notify } from '../stderr.js';
import { writeOut } from '../stdout.js';
import { parseTimeArgument } from '../time-argument.js';

/** What a shell says of a program that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130;

export function options(yargs: Argv) {
  return yargs
    .usage(
      'claude-trace prune [options]\n\n' +
        'Removes old requests and gives their space back; without options, as the configuration says (retention_days,\n' +
        'max_db_mb). Statistics keep counting them. It can be ended at any time, and started again.',
    )
    .option('older-than', { type: 'string', describe: 'requests from before: an age such as 30d, or ISO 8601' })
    .option('max-mb', { type: 'number', describe: 'the oldest requests, until the database uses less than this' })
    .option('dry-run', { type: 'boolean', default: false, describe: 'say what would go, change nothing' })
    .option('json', { type: 'boolean', default: false, describe: 'as JSON' });
}

type Args = OptionsOf<typeof options>;

export async function run(args: Args): Promise<void> {
  const paths = resolvePaths(process.env);
  const limits = toLimits(args, retentionPolicy(await loadConfig(paths.configFile)), Date.now());
  const plan = planOf(paths.database, limits);
  if (args.dryRun) {
    const said = args.json ? JSON.stringify(planToJson(plan), null, 2) : describePlan(plan, limits);
    return writeOut(`${said}\n`);
  }
  const result = await prune(paths.database, limits, plan);
  if (result.interrupted) process.exitCode = EXIT_INTERRUPTED;
  await writeOut(`${args.json ? JSON.stringify(toJson(result), null, 2) : describe(result)}\n`);
  if (!result.interrupted && result.usedBytes > limits.maxBytes) {
    notify(
      `the database still uses ${formatBytes(result.usedBytes)}, more than ${formatBytes(limits.maxBytes)}: ` +
        'statistics and requests in flight stay.',
    );
  }
}

/** An option takes the place of what the configuration says about the same. */
function toLimits({ olderThan, maxMb }: Args, policy: RetentionPolicy, now: number): RetentionLimits {
  if (maxMb !== undefined && !(maxMb > 0 && Number.isFinite(maxMb))) {
    throw new UsageError('--max-mb: give a number of megabytes above 0.');
  }
  return {
    olderThan: Math.max(
      0,
      olderThan === undefined ? now - policy.maxAgeMs : parseTimeArgument(olderThan, 'older-than', now),
    ),
    maxBytes: maxMb === undefined ? policy.maxBytes : maxMb * BYTES_PER_MB,
  };
}

function planOf(database: string, limits: RetentionLimits): PruningPlan {
  const reader = openReader(database);
  try {
    return reader.pruningPlan(limits);
  } finally {
    reader.close();
  }
}

interface Pruned {
  requests: number;
  bytesBefore: number;
  bytesAfter: number;
  /** Of the database, without what is free in it. */
  usedBytes: number;
  interrupted: boolean;
}

async function prune(database: string, limits: RetentionLimits, plan: PruningPlan): Promise<Pruned> {
  const bytesBefore = bytesOnDisk(database);
  const store = openStore(database);
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  const progress = createProgress('pruning', Math.max(1, plan.requests));
  try {
    const pruning = store.retention.prune(limits);
    for (let more = true; more && !interrupt.signal.aborted; ) {
      const begun = performance.now();
      more = pruning.step();
      progress.show(Math.min(pruning.removed, plan.requests));
      // The database is ours for half of the time at most: who waits for it looks again often enough to get it.
      await pause(performance.now() - begun);
    }
    const usedBytes = store.retention.usedBytes();
    store.close();
    return {
      requests: pruning.removed,
      bytesBefore,
      bytesAfter: bytesOnDisk(database),
      usedBytes,
      interrupted: interrupt.signal.aborted,
    };
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'full') throw error;
    throw new UserError(
      `Removing needs some space first, and the disk of ${database} is full: free a megabyte there, then prune again.`,
    );
  } finally {
    progress.end();
    process.removeListener('SIGINT', onInterrupt);
    store.close();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function planToJson(plan: PruningPlan) {
  return {
    dry_run: true,
    requests: plan.requests,
    too_old: plan.tooOld,
    estimated: plan.tooLarge,
    oldest: isoOrNull(plan.oldest),
    newest: isoOrNull(plan.newest),
    used_bytes: plan.usedBytes,
    estimated_bytes: plan.freedBytes,
  };
}

function toJson(result: Pruned) {
  return {
    requests: result.requests,
    bytes_before: result.bytesBefore,
    bytes_after: result.bytesAfter,
    used_bytes: result.usedBytes,
    interrupted: result.interrupted,
  };
}

function describePlan(plan: PruningPlan, { olderThan, maxBytes }: RetentionLimits): string {
  if (plan.requests === 0) {
    return `Nothing to remove: no request is from before ${isoOf(olderThan)}, and ${formatBytes(plan.usedBytes)} are used.`;
  }
  const period = `from ${isoOf(plan.oldest ?? 0)} to ${isoOf(plan.newest ?? 0)}`;
  const bytes = `some ${formatBytes(plan.freedBytes)} (an estimate) of ${formatBytes(plan.usedBytes)}`;
  const sentence = plan.tooLarge
    ? `Would remove about ${requests(plan.requests)}, ${period}: ${plan.tooOld} for their age, the rest by an estimate of ` +
      `what brings the database well below ${formatBytes(maxBytes)}.`
    : `Would remove ${requests(plan.requests)}, ${period}.`;
  return `${sentence}\nThat frees ${bytes}. Nothing was changed.`;
}

function describe({ requests: count, bytesBefore, bytesAfter, interrupted }: Pruned): string {
  const sizes = `${formatBytes(bytesBefore)} on disk before, ${formatBytes(bytesAfter)} after`;
  return `${requests(count)} removed, ${sizes}.${interrupted ? ' Interrupted: prune again for the rest.' : ''}`;
}

function requests(count: number): string {
  return `${count} ${count === 1 ? 'request' : 'requests'}`;
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : isoOf(ms);
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
