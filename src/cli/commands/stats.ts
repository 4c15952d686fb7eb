import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import { resolvePaths } from '../../settings/paths.js';
import { STATS_KEYS, STATS_SORTS, type Stats, type StatsFilter } from '../../store/index.js';
import { writeOut } from '../../text/output/stdout.js';
import type { OutputFormat } from '../../text/reports/request-list.js';
import { describeStats, statsToCsv } from '../../text/reports/stats.js';
import type { OptionsOf } from '../command-file.js';
import { given, periodOptions, toPeriod, wholeNumber, withSession } from '../options/filter-options.js';
import { openForLists } from '../options/open-lists.js';
import { chosenFormat, formatOptions, jsonLines } from '../options/output-format.js';
import { warnOfUnknownNames } from '../warnings.js';

const MAX_ROWS = 100_000;

export function options(yargs: Argv) {
  return formatOptions(
    periodOptions(
      yargs.usage(
        'claude-trace stats [options]\n\n' +
          'What requests cost, by source, model, session or time: also those that retention has removed. ' +
          'GOOD/$ is how many good answers a dollar buys: (average rating + 1) / 2, divided by the average cost.',
      ),
    )
      .option('by', { choices: STATS_KEYS, default: 'source' as const, describe: 'one row for each of these' })
      .option('source', {
        type: 'string',
        describe: 'only what these sources put into requests: mcp:*, memory:*CLAUDE.md',
      })
      .option('sort', {
        choices: STATS_SORTS,
        describe: 'highest first  [default: cost; by time: the latest first]',
      })
      .option('limit', { type: 'number', describe: 'maximum number of rows  [default: 25 in a table]' }),
  )
    .option('csv', { type: 'boolean', default: false, describe: 'CSV' })
    .example('claude-trace stats --by model --since 7d', 'what each model cost in the last week')
    .example('claude-trace stats --by day --csv', 'a row a day, for a spreadsheet');
}

type Args = OptionsOf<typeof options>;

/** Rows of a table, unless asked for. */
const TABLE_ROWS = 25;

export async function run(args: Args): Promise<void> {
  const format = chosenFormat(args);
  const { by, sort, source } = args;
  if (by === 'model' && source !== undefined) {
    throw new UsageError(
      '--by model is about whole requests; leave out --source, or choose --by session, day or source.',
    );
  }
  const limit = args.limit === undefined ? undefined : wholeNumber('limit', args.limit, 1, MAX_ROWS);
  const asked = toFilter(args, Date.now());
  const reader = openForLists(resolvePaths(process.env).database, format !== 'table');
  try {
    const filter = withSession(asked, reader);
    const stats = reader.stats(filter, { by, sort, limit: limit ?? (format === 'table' ? TABLE_ROWS : undefined) });
    if (stats.total.requests === 0) warnOfUnknownNames(reader, filter);
    await writeOut(printed(stats, format));
  } finally {
    reader.close();
  }
}

function toFilter(args: Args, now: number): StatsFilter {
  return { ...toPeriod(args, now), source: given('source', args.source) };
}

function printed(stats: Stats, format: OutputFormat): string {
  if (format === 'json') return `${JSON.stringify(stats, null, 2)}\n`;
  if (format === 'ndjson') return jsonLines(stats.rows);
  if (format === 'csv') return statsToCsv(stats);
  return `${describeStats(stats, process.stdout.columns ?? Number.POSITIVE_INFINITY).join('\n')}\n`;
}
