import { setTimeout as pause } from 'node:timers/promises';
import type { Reader, RequestFilter } from '../store/index.js';
import { writeOut } from '../text/output/stdout.js';
import type { RequestPrinter } from '../text/reports/request-list.js';

/** How often other processes' commits are looked for: a look that finds none costs microseconds. */
const LOOK_MS = 200;

/**
 * Prints the last `limit` requests, the newest at the end, then each that ends, until the process is ended or nobody reads
 * any more.
 */
export async function watchRequests(
  reader: Reader,
  filter: RequestFilter,
  limit: number,
  printer: RequestPrinter,
): Promise<void> {
  // First: what ends while the page is read must not be missed. It can be in both, and is told once.
  const follow = reader.follow(filter);
  const page = limit === 0 ? [] : reader.page(filter, { limit }).filter(({ state }) => state !== 'open');
  const told = new Set(page.map(({ id }) => id));
  await writeOut(printer.print(page.reverse(), null));
  while (!process.stdout.destroyed) {
    const rows = follow().filter(({ id }) => !told.has(id));
    if (rows.length > 0) await writeOut(printer.printMore(rows));
    await pause(LOOK_MS);
  }
}
