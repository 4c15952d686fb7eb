import type { Argv } from 'yargs';
import { resolvePaths } from '../../settings/paths.js';
import { writeOut } from '../../text/output/stdout.js';
import { describeSessions } from '../../text/reports/sessions.js';
import type { OptionsOf } from '../command-file.js';
import { wholeNumber } from '../options/filter-options.js';
import { openForLists } from '../options/open-lists.js';
import { chosenFormat, formatOptions, jsonLines } from '../options/output-format.js';
import { parseTimeArgument } from '../options/time-argument.js';
import { warnOfOffset } from '../warnings.js';

/** Rows of one answer; scripts page with --offset. */
const MAX_ROWS = 100_000;

export function options(yargs: Argv) {
  return formatOptions(
    yargs
      .usage('claude-trace sessions [options]\n\nSessions of Claude Code, the last seen first, and what they cost.')
      .option('since', {
        type: 'string',
        describe: 'sessions seen since then: ISO 8601, an age such as 2h, 7d, or yesterday',
      })
      .option('limit', { type: 'number', default: 20, describe: 'maximum number of rows' })
      .option('offset', { type: 'number', default: 0, describe: 'number of rows to skip' }),
  ).example('claude-trace sessions --since yesterday', 'sessions since yesterday');
}

type Args = OptionsOf<typeof options>;

export async function run(args: Args): Promise<void> {
  const format = chosenFormat(args);
  const filter = { since: args.since === undefined ? undefined : parseTimeArgument(args.since, 'since', Date.now()) };
  const page = {
    limit: wholeNumber('limit', args.limit, 1, MAX_ROWS),
    offset: wholeNumber('offset', args.offset, 0, Number.MAX_SAFE_INTEGER),
  };
  const reader = openForLists(resolvePaths(process.env).database, format !== 'table');
  try {
    const { rows, total } = reader.sessions(filter, page);
    if (rows.length === 0) warnOfOffset(page.offset, total, 'session');
    if (format === 'json') return await writeOut(`${JSON.stringify(rows, null, 2)}\n`);
    if (format === 'ndjson') return await writeOut(jsonLines(rows));
    if (rows.length === 0 && total > 0) return;
    const width = process.stdout.columns ?? Number.POSITIVE_INFINITY;
    return await writeOut(`${describeSessions(rows, total, width, new Date()).join('\n')}\n`);
  } finally {
    reader.close();
  }
}
