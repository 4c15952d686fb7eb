import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import { watchRequests } from '../../runtime/watch.js';
import { REQUEST_SORTS, type Reader, type RequestPage } from '../../store/index.js';
import { notify } from '../../text/output/stderr.js';
import { writeOut } from '../../text/output/stdout.js';
import { type RequestPrinter, requestPrinter } from '../../text/reports/request-list.js';
import type { OptionsOf } from '../command-file.js';
import { withReader } from '../database.js';
import { filterOptions, toFilter, withSession } from '../options/filter-options.js';
import {
  chosenFormat,
  formatOptions,
  MAX_ROWS,
  notEmpty,
  pageOptions,
  wholeNumber,
} from '../options/shared-options.js';
import { outputWidth } from '../output.js';
import { warnOfOffset, warnOfUnknownNames } from '../warnings.js';

export function options(yargs: Argv) {
  return pageOptions(
    formatOptions(filterOptions(yargs.usage('claude-trace query [options]\n\nLists captured requests, newest first.')))
      .option('sort', {
        choices: REQUEST_SORTS,
        default: 'time' as const,
        describe: 'newest first, or highest first; requests without that figure are left out',
      })
      .option('reverse', { type: 'boolean', default: false, describe: 'oldest or lowest first' }),
  )
    .option('after', { type: 'string', describe: 'start after this request: stable pages while requests arrive' })
    .option('watch', { type: 'boolean', default: false, describe: 'keep running, and print each request when it ends' })
    .option('csv', { type: 'boolean', default: false, describe: 'as CSV' })
    .example('claude-trace query --source mcp:serena --since 7d', 'requests of the last week with this MCP server')
    .example('claude-trace query --status error --json', 'failed requests, for a program')
    .example('claude-trace query --sort cost --limit 5', 'the five most expensive requests');
}

type Args = OptionsOf<typeof options>;

export async function run(args: Args): Promise<void> {
  const printer = printerFor(args);
  const givenFilter = toFilter(args, Date.now());
  const page = toPage(args);
  await withReader(!printer.showsTotal && !args.watch, async (reader) => {
    const filter = withSession(givenFilter, reader);
    if (args.text !== undefined) warnOfUnsearchable(reader);
    if (args.watch) {
      warnOfUnknownNames(reader, filter);
      return watchRequests(reader, filter, page.limit, printer);
    }
    // Counting costs more than reading the page, and only the table shows the total.
    // One row more than is printed tells whether this is the last page.
    const { rows: read, total } = printer.showsTotal
      ? reader.query(filter, { ...page, limit: page.limit + 1 })
      : { rows: reader.page(filter, page), total: 0 };
    const rows = read.slice(0, page.limit);
    if (rows.length > 0) return writeOut(printer.print(rows, total, read.length > rows.length));
    warnOfUnknownNames(reader, filter);
    const matching = page.offset > 0 ? reader.count(filter, page.sort) : 0;
    warnOfOffset(page.offset, matching, 'request');
    await writeOut(printer.print([], matching));
  });
}

function printerFor(args: Args): RequestPrinter {
  const format = chosenFormat(args);
  if (args.watch && format === 'json') {
    throw new UsageError('--json is one document and would never end: use --ndjson with --watch.');
  }
  return requestPrinter(format, outputWidth(), args.source);
}

function toPage({ limit, offset, sort, reverse, after, watch }: Args): RequestPage {
  if (watch && (sort !== 'time' || reverse || offset > 0 || after !== undefined)) {
    throw new UsageError('--watch prints requests as they end: leave out --sort, --reverse, --offset and --after.');
  }
  if (offset > 0 && after !== undefined) throw new UsageError('Give only one of --offset and --after.');
  return {
    limit: wholeNumber('limit', limit, watch ? 0 : 1, MAX_ROWS),
    offset: wholeNumber('offset', offset, 0, Number.MAX_SAFE_INTEGER),
    sort,
    ascending: reverse,
    after: notEmpty('after', after),
  };
}

/** A search that cannot see some requests must not look complete. */
function warnOfUnsearchable(reader: Reader): void {
  const count = reader.unsearchable();
  if (count === 0) return;
  notify(
    `${count} earlier requests are not in the text index: claude-trace reattribute --all adds those of complete sessions.`,
  );
}
