import { setTimeout as pause } from 'node:timers/promises';
import type { Reader, RequestFilter } from '../store/index.js';
import { isOutputClosed, writeOut } from '../text/output/stdout.js';
import type { RequestPrinter } from '../text/reports/request-list.js';

/** How often the database is asked for new commits, which takes microseconds if nothing is new. */
const POLL_MS = 200;

/**
 * Prints the last `limit` requests, the newest at the end, then each request as it ends, until the process ends or the reader of
 * stdout leaves.
 */
export async function watchRequests(
  reader: Reader,
  filter: RequestFilter,
  limit: number,
  printer: RequestPrinter,
): Promise<void> {
  // Before the page is read: a request that ends in between must not be missed. It is printed once.
  const follow = reader.follow(filter);
  const page = limit === 0 ? [] : reader.page(filter, { limit }).filter(({ state }) => state !== 'open');
  const printed = new Set(page.map(({ id }) => id));
  await writeOut(printer.print(page.reverse(), null));
  while (!isOutputClosed()) {
    const rows = follow().filter(({ id }) => !printed.has(id));
    if (rows.length > 0) await writeOut(printer.printMore(rows));
    await pause(POLL_MS);
  }
}
