import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import { toJsonRow } from '../../base/json-row.js';
import { STATS_KEYS, STATS_SORTS } from '../../store/index.js';
import { writeOut } from '../../text/output/stdout.js';
import { describeStats, statsToCsv } from '../../text/reports/stats.js';
import type { OptionsOf } from '../command-file.js';
import { withReader } from '../database.js';
import { periodOptions, toPeriod, withSession } from '../options/filter-options.js';
import { chosenFormat, formatOptions, MAX_ROWS, notEmpty, wholeNumber } from '../options/shared-options.js';
import { outputWidth, printJson, printJsonLines, printLines } from '../output.js';
import { warnOfUnknownNames } from '../warnings.js';

export function options(yargs: Argv) {
  return formatOptions(
    periodOptions(
      yargs.usage(
        'claude-trace stats [options]\n\n' +
          'Shows the cost of requests by source, MCP tool, model, prompt, project, time and more. Rows by source, group, MCP tool, model, session and time ' +
          'include removed requests; other rows count the requests that are still stored, and say so. ' +
          '--sort value adds GOOD/$, good answers per dollar: (average rating + 1) / 2, divided by the average cost.',
      ),
    )
      .option('by', { choices: STATS_KEYS, default: 'source' as const, describe: 'what to group by' })
      .option('source', { type: 'string', describe: 'only the share of these sources: mcp:*, memory:*CLAUDE.md' })
      .option('sort', { choices: STATS_SORTS, describe: 'highest first  [default: cost; by time: latest first]' })
      .option('limit', { type: 'number', describe: 'maximum number of rows  [default: 25 in a table]' }),
  )
    .option('csv', { type: 'boolean', default: false, describe: 'as CSV' })
    .example('claude-trace stats --by model --since 7d', 'the cost of each model in the last week')
    .example('claude-trace stats --by group --project .', 'what fills the context in this folder')
    .example(
      'claude-trace stats --by prompt --session last',
      'the prompts of the latest session, the most expensive first',
    )
    .example('claude-trace stats --by day --csv', 'one row a day, for a spreadsheet');
}

/** Rows of a table without --limit. */
const TABLE_ROWS = 25;

export async function run(args: OptionsOf<typeof options>): Promise<void> {
  const format = chosenFormat(args);
  const { by, sort, source } = args;
  if (by === 'model' && source !== undefined) {
    throw new UsageError(
      '--by model counts whole requests; leave out --source, or choose --by session, day or source.',
    );
  }
  const maxRows = args.limit === undefined ? undefined : wholeNumber('limit', args.limit, 1, MAX_ROWS);
  const givenFilter = { ...toPeriod(args, Date.now()), source: notEmpty('source', source) };
  await withReader(format !== 'table', async (reader) => {
    const filter = withSession(givenFilter, reader);
    const limit = maxRows ?? (format === 'table' ? TABLE_ROWS : undefined);
    const stats = reader.stats(filter, { by, sort, limit });
    if (stats.total.requests === 0) warnOfUnknownNames(reader, filter);
    if (format === 'json') return printJson(toJsonRow(stats));
    if (format === 'ndjson') return printJsonLines(toJsonRow(stats.rows));
    if (format === 'csv') return writeOut(statsToCsv(stats));
    await printLines(
      describeStats(stats, outputWidth(), { sort, names: by === 'session' ? reader.sessionNames() : new Map() }),
    );
  });
}
