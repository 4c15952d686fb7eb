import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import { watchRequests } from '../../runtime/watch.js';
import { resolvePaths } from '../../settings/paths.js';
import { REQUEST_SORTS, type Reader, type RequestPage } from '../../store/index.js';
import { notify } from '../../text/output/stderr.js';
import { writeOut } from '../../text/output/stdout.js';
import { type RequestPrinter, requestPrinter } from '../../text/reports/request-list.js';
import type { OptionsOf } from '../command-file.js';
import { filterOptions, given, toFilter, wholeNumber, withSession } from '../options/filter-options.js';
import { openForLists } from '../options/open-lists.js';
import { chosenFormat, formatOptions } from '../options/output-format.js';
import { warnOfOffset, warnOfUnknownNames } from '../warnings.js';

/** Rows of one answer; scripts page with --after. */
const MAX_ROWS = 100_000;

export function options(yargs: Argv) {
  return formatOptions(
    filterOptions(yargs.usage('claude-trace query [options]\n\nList captured requests, newest first.')),
  )
    .option('sort', {
      choices: REQUEST_SORTS,
      default: 'time' as const,
      describe:
        'newest first, or the highest cost, input, output or latency; requests without that figure are left out',
    })
    .option('reverse', { type: 'boolean', default: false, describe: 'oldest or lowest first' })
    .option('limit', { type: 'number', default: 20, describe: 'maximum number of rows' })
    .option('offset', { type: 'number', default: 0, describe: 'number of rows to skip' })
    .option('after', {
      type: 'string',
      describe: 'the rows after this request: stable pages while requests arrive',
    })
    .option('watch', { type: 'boolean', default: false, describe: 'then also each request as it ends, until Ctrl-C' })
    .option('csv', { type: 'boolean', default: false, describe: 'CSV' })
    .example(
      'claude-trace query --source mcp:serena --since 7d',
      'requests of the last week that carried this MCP server',
    )
    .example('claude-trace query --status error --json', 'failed requests, for a program')
    .example('claude-trace query --sort cost --limit 5', 'the five most expensive requests');
}

type Args = OptionsOf<typeof options>;

export async function run(args: Args): Promise<void> {
  const printer = printerFor(args);
  const asked = toFilter(args, Date.now());
  const page = toPage(args);
  const { database } = resolvePaths(process.env);
  const reader = openForLists(database, !printer.tellsTotal && !args.watch);
  try {
    const filter = withSession(asked, reader);
    if (args.text !== undefined) tellUnsearchable(reader);
    if (args.watch) {
      warnOfUnknownNames(reader, filter);
      return await watchRequests(reader, filter, page.limit, printer);
    }
    // Counting costs more than the page: only the table tells how many there are.
    const { rows, total } = printer.tellsTotal
      ? reader.query(filter, page)
      : { rows: reader.page(filter, page), total: 0 };
    if (rows.length > 0) return await writeOut(printer.print(rows, total));
    warnOfUnknownNames(reader, filter);
    const matching = page.offset > 0 ? reader.count(filter, page.sort) : 0;
    warnOfOffset(page.offset, matching, 'request');
    await writeOut(printer.print([], matching));
  } finally {
    reader.close();
  }
}

function printerFor(args: Args): RequestPrinter {
  const format = chosenFormat(args);
  if (args.watch && format === 'json') {
    throw new UsageError('--json is one document and would never end: watch with --ndjson.');
  }
  return requestPrinter(format, process.stdout.columns ?? Number.POSITIVE_INFINITY);
}

function toPage({ limit, offset, sort, reverse, after, watch }: Args): RequestPage {
  if (watch && (sort !== 'time' || reverse || offset > 0 || after !== undefined)) {
    throw new UsageError('--watch shows requests as they end: leave out --sort, --reverse, --offset and --after.');
  }
  if (offset > 0 && after !== undefined) throw new UsageError('Give only one of --offset and --after.');
  return {
    limit: wholeNumber('limit', limit, watch ? 0 : 1, MAX_ROWS),
    offset: wholeNumber('offset', offset, 0, Number.MAX_SAFE_INTEGER),
    sort,
    ascending: reverse,
    after: given('after', after),
  };
}

/** Whoever finds nothing should not take it for an answer. */
function tellUnsearchable(reader: Reader): void {
  const count = reader.unsearchable();
  if (count > 0)
    notify(
      `${count} earlier requests are not in the text index: claude-trace reattribute --all adds those of whole sessions.`,
    );
}
