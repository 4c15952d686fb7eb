import type { Argv } from 'yargs';
import { toJsonRow } from '../../base/json-row.js';
import { describeSessions } from '../../text/reports/sessions.js';
import type { OptionsOf } from '../command-file.js';
import { withReader } from '../database.js';
import {
  chosenFormat,
  formatOptions,
  MAX_ROWS,
  pageOptions,
  scopeOptions,
  toScope,
  wholeNumber,
} from '../options/shared-options.js';
import { parseTimeArgument } from '../options/time-argument.js';
import { outputWidth, printJson, printJsonLines, printLines } from '../output.js';
import { warnOfOffset } from '../warnings.js';

export function options(yargs: Argv) {
  return formatOptions(
    pageOptions(
      scopeOptions(
        yargs
          .usage(
            'claude-trace sessions [options]\n\nLists sessions of Claude Code and their cost, the latest first. ' +
              '--agent chooses sessions with requests of that agent; the figures are of whole sessions.',
          )
          .option('since', {
            type: 'string',
            describe: 'sessions that were active since then: ISO 8601, an age such as 2h, 7d, or yesterday',
          }),
      ),
    ),
  ).example('claude-trace sessions --since yesterday', 'sessions since yesterday');
}

export async function run(args: OptionsOf<typeof options>): Promise<void> {
  const format = chosenFormat(args);
  const filter = {
    since: args.since === undefined ? undefined : parseTimeArgument(args.since, 'since', Date.now()),
    ...toScope(args),
  };
  const page = {
    limit: wholeNumber('limit', args.limit, 1, MAX_ROWS),
    offset: wholeNumber('offset', args.offset, 0, Number.MAX_SAFE_INTEGER),
  };
  await withReader(format !== 'table', async (reader) => {
    const { rows, total } = reader.sessions(filter, page);
    if (rows.length === 0) warnOfOffset(page.offset, total, 'session');
    if (format === 'json') return printJson(toJsonRow(rows));
    if (format === 'ndjson') return printJsonLines(toJsonRow(rows));
    if (rows.length === 0 && total > 0) return;
    await printLines(describeSessions(rows, total, outputWidth(), new Date()));
  });
}
