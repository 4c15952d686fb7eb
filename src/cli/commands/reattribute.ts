import type { Argv } from 'yargs';
import { ATTRIBUTION_VERSION } from '../../attribution/index.js';
import { describeError } from '../../base/error-text.js';
import { type Reattributed, reattribute } from '../../history/reattribute.js';
import type { SourceChange } from '../../history/source-changes.js';
import { roundDollars } from '../../model/dollars.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import { openStore, type ReplayFilter } from '../../store/index.js';
import { createProgress } from '../../text/output/progress.js';
import { notify } from '../../text/output/stderr.js';
import { type Column, renderTable } from '../../text/table.js';
import { counted, formatDollars, formatSigned, formatSignedDollars, formatTokens } from '../../text/units.js';
import type { OptionsOf } from '../command-file.js';
import { withReader } from '../database.js';
import { withSession } from '../options/filter-options.js';
import { jsonOption, sessionOption } from '../options/shared-options.js';
import { parseTimeArgument } from '../options/time-argument.js';
import { outputWidth, printJson, printLines } from '../output.js';

export function options(yargs: Argv) {
  return jsonOption(
    sessionOption(
      yargs.usage(
        'claude-trace reattribute [options]\n\n' +
          'Attributes stored requests again: those that an older version attributed, and their sessions. Reports what ' +
          'changed by source. It can be interrupted at any time, and started again.',
      ),
      'only this ',
    )
      .option('since', { type: 'string', describe: 'only requests from this time: ISO 8601, or an age such as 2h, 7d' })
      .option('all', {
        type: 'boolean',
        default: false,
        describe: 'also those that this version attributed: after a change of prices, for example',
      }),
  )
    .example('claude-trace reattribute --session last', 'the latest session')
    .example('claude-trace reattribute --all', 'everything, after a change of prices');
}

type Args = OptionsOf<typeof options>;

export async function run(args: Args): Promise<void> {
  const filter = toFilter(args);
  const paths = resolvePaths(process.env);
  const { prices } = await loadConfig(paths.configFile);
  await withReader(args.json, async (reader) => {
    const plan = reader.replay(withSession(filter, reader));
    // Creates no database when there is nothing to write.
    if (plan.sessions.length === 0) {
      return print(args, { ...NOTHING_DONE, leftAlone: plan.others, severed: plan.severed });
    }
    const store = openStore(paths.database);
    const progress = createProgress('attributing again', plan.sessions.flat().length);
    try {
      const result = await reattribute(reader, store, plan, {
        prices,
        onFailure: (error) =>
          notify(`Some requests could not be attributed and stay as they were: ${describeError(error)}.`),
        onProgress: progress.show,
      });
      progress.end();
      await print(args, result);
    } finally {
      progress.end();
      store.close();
    }
  });
}

const NOTHING_DONE: Reattributed = {
  attributed: 0,
  leftAlone: 0,
  severed: 0,
  failed: 0,
  contradicted: 0,
  costBefore: null,
  costAfter: null,
  sources: [],
};

function print({ json }: Args, result: Reattributed): Promise<void> {
  return json ? printJson(toJson(result)) : printLines([describe(result), ...describeSources(result)]);
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
    severed: result.severed,
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
    `${leftAlone} skipped${severed === 0 ? '' : ` (${severed} because earlier requests of their sessions are no longer stored)`}`,
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

/** `--json` has all. */
const MAX_SOURCES = 25;

function describeSources({ attributed, sources }: Reattributed): string[] {
  if (attributed === 0) return [];
  if (sources.length === 0) return ['The tokens and the cost of all sources are as before.'];
  const lines = renderTable(COLUMNS, sources.slice(0, MAX_SOURCES), outputWidth());
  const more = sources.length - MAX_SOURCES;
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
