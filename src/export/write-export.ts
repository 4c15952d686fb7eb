import { NotFoundError, type Reader, type RequestRow } from '../store/index.js';
import type { Format } from './output/formats.js';
import type { Output } from './output/output.js';
import { readExchange } from './read-exchange.js';
import type { ExportRun } from './run.js';

/**
 * Writes requests in a format, one after the other: no more than one is in memory. Ended early, what is written is whole.
 *
 * @returns false when whoever read it left before the end
 */
export async function writeExport(reader: Reader, run: ExportRun, format: Format, output: Output): Promise<boolean> {
  if (!(await output.write(format.beginning))) return false;
  let separator = '';
  for await (const { row, reached } of run.steps()) {
    const entry = row && entryUnlessFreed(reader, run, format, row);
    if (entry !== null) {
      if (!(await output.write(separator + entry))) return false;
      separator = format.separator;
    }
    run.delivered(entry === null ? 0 : 1, reached);
  }
  const wanted = await output.write(format.end);
  await output.commit();
  return wanted;
}

/** Null when retention has freed the request since its row was read. */
function entryUnlessFreed(reader: Reader, run: ExportRun, format: Format, row: RequestRow): string | null {
  try {
    return format.entry(row, () => {
      const exchange = readExchange(reader, row);
      if (exchange.problems.length > 0) run.incomplete();
      return exchange;
    });
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}
