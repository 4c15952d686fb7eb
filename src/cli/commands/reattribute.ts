import type { Argv } from 'yargs';
import { ATTRIBUTION_VERSION } from '../../attribution/index.js';
import { describeError } from '../../base/error-text.js';
import { createAttributor } from '../../history/attributor.js';
import { type Reattributed, reattribute } from '../../history/reattribute.js';
import type { SourceChange } from '../../history/source-changes.js';
import { roundDollars } from '../../model/dollars.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import { openStore, type ReplayFilter } from '../../store/index.js';
import { createProgress } from '../../text/output/progress.js';
import { notify } from '../../text/output/stderr.js';
import { writeOut } from '../../text/output/stdout.js';
import { type Column, renderTable } from '../../text/table.js';
import { counted, formatDollars, formatSigned, formatSignedDollars, formatTokens } from '../../text/units.js';
import type { OptionsOf } from '../command-file.js';
import { withSession } from '../options/filter-options.js';
import { openForLists } from '../options/open-lists.js';
import { parseTimeArgument } from '../options/time-argument.js';

export function options(yargs: Argv) {
  return yargs
    .usage(
      'claude-trace reattribute [options]\n\n' +
        'Attributes stored requests again: those of an older version, and the sessions that they belong to. Reports what ' +
        'changed by source. It can be interrupted at any time, and started again.',
    )
    .option('session', {
      type: 'string',
      describe: 'only this session of Claude Code: its id or the beginning of it, or last',
    })
    .option('since', { type: 'string', describe: 'only requests from this time: ISO 8601, or an age such as 2h, 7d' })
    .option('all', {
      type: 'boolean',
      default: false,
      describe: 'also those of this version: after a change of prices, for example',
    })
    .option('json', { type: 'boolean', default: false, describe: 'as JSON' })
    .example('claude-trace reattribute --session last', 'the last session')
    .example('claude-trace reattribute --all', 'everything, after a change of prices');
}

/** Nothing waits for it, other than while it was captured. */
const BUDGET_MS = 30_000;

type Args = OptionsOf<typeof options>;

export async function run(args: Args): Promise<void> {
  const asked = toFilter(args);
  const paths = resolvePaths(process.env);
  const { prices } = await loadConfig(paths.configFile);
  const reader = openForLists(paths.database, args.json);
  try {
    const plan = reader.replay(withSession(asked, reader));
    // Where there is nothing to write, a database need not be made.
    if (plan.sessions.length === 0)
      return await print(args, { ...NOTHING_DONE, leftAlone: plan.others, severed: plan.severed });
    const store = openStore(paths.database);
    const attributor = createAttributor({
      prices,
      budgetMs: BUDGET_MS,
      onFailure: (error) =>
        notify(`some requests could not be attributed and stay as they were: ${describeError(error)}.`),
    });
    const progress = createProgress('attributing again', plan.sessions.flat().length);
    try {
      const result = reattribute(reader, store, attributor, plan, progress.show);
      progress.end();
      await print(args, result);
    } finally {
      progress.end();
      store.close();
    }
  } finally {
    reader.close();
  }
}

const NOTHING_DONE: Reattributed = {
  attributed: 0,
  leftAlone: 0,
  severed: 0,
  failed: 0,
  costBefore: null,
  costAfter: null,
  sources: [],
};

function print({ json }: Args, result: Reattributed): Promise<void> {
  const lines = [describe(result), ...describeSources(result)];
  return writeOut(json ? `${JSON.stringify(toJson(result), null, 2)}\n` : `${lines.join('\n')}\n`);
}

function toFilter({ session, since, all }: Args): ReplayFilter {
  return {
    version: ATTRIBUTION_VERSION,
    all,
    sessionId: session,
    since: since === undefined ? undefined : parseTimeArgument(since, 'since', Date.now()),
  };
}

function toJson(result: Reattributed) {
  return {
    attributed: result.attributed,
    left_alone: result.leftAlone,
    left_alone_severed: result.severed,
    failed: result.failed,
    cost_before_usd: roundDollars(result.costBefore),
    cost_after_usd: roundDollars(result.costAfter),
    sources: result.sources.map(({ source, requests, before, after }) => ({
      source,
      requests,
      tokens_before: before.tokens,
      tokens_after: after.tokens,
      cost_before_usd: roundDollars(before.costUsd),
      cost_after_usd: roundDollars(after.costUsd),
    })),
  };
}

function describe({ attributed, leftAlone, severed, failed, costBefore, costAfter }: Reattributed): string {
  const parts = [
    `${counted(attributed, 'request')} attributed again`,
    `${leftAlone} left alone${severed === 0 ? '' : ` (${severed} since what came before them is no longer stored)`}`,
    failed > 0 ? `${failed} could not be read` : null,
    costBefore === null && costAfter === null
      ? null
      : `cost ${dollarsOrUnknown(costBefore)} → ${dollarsOrUnknown(costAfter)}`,
  ];
  return `${parts.filter((part) => part !== null).join(', ')}.`;
}

function dollarsOrUnknown(dollars: number | null): string {
  return dollars === null ? 'unknown' : formatDollars(dollars);
}

/** Sources that are shown; `--json` has all. */
const SHOWN_SOURCES = 25;

function describeSources({ attributed, sources }: Reattributed): string[] {
  if (attributed === 0) return [];
  if (sources.length === 0) return ['No source has other tokens or another cost than before.'];
  const lines = renderTable(
    COLUMNS,
    sources.slice(0, SHOWN_SOURCES),
    process.stdout.columns ?? Number.POSITIVE_INFINITY,
  );
  const more = sources.length - SHOWN_SOURCES;
  return ['', ...lines, ...(more > 0 ? [`… and ${more} more; --json has all.`] : [])];
}

const COLUMNS: readonly Column<SourceChange>[] = [
  { heading: 'CHANGED SOURCE', grow: true, cut: 'middle', cell: ({ source }) => source },
  { heading: 'REQUESTS', align: 'right', dropOrder: 1, cell: ({ requests }) => String(requests) },
  { heading: 'BEFORE', align: 'right', cell: ({ before }) => formatTokens(before.tokens) },
  { heading: 'AFTER', align: 'right', cell: ({ after }) => formatTokens(after.tokens) },
  {
    heading: 'CHANGE',
    align: 'right',
    cell: ({ before, after }) => formatSigned(after.tokens - before.tokens) || '±0',
  },
  {
    heading: 'COST',
    align: 'right',
    dropOrder: 2,
    cell: ({ before, after }) => formatSignedDollars((after.costUsd ?? 0) - (before.costUsd ?? 0)),
  },
];
