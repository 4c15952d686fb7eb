import type { RequestSummary } from '../model/request.js';
import { NotFoundError, type Reader } from '../store/index.js';
import type { ExportJob } from './export-job.js';
import { readExchange } from './exported-exchange.js';
import type { Format } from './format.js';
import type { Output } from './output/output.js';

/**
 * Writes requests in a format, one after the other: only one is in memory at a time. After an early end the document is
 * complete as far as it goes.
 *
 * @returns false when the reader of the output left before the end
 */
export async function writeExport(reader: Reader, job: ExportJob, format: Format, output: Output): Promise<boolean> {
  if (!(await output.write(format.beginning))) return false;
  let separator = '';
  for await (const { row, reached } of job.steps()) {
    const entry = row && entryUnlessRemoved(reader, job, format, row);
    if (entry !== null) {
      if (!(await output.write(separator + entry))) return false;
      separator = format.separator;
    }
    job.delivered(entry === null ? 0 : 1, reached);
  }
  const wanted = await output.write(format.end);
  await output.commit();
  return wanted;
}

/** Null when retention has removed the request since its row was read. */
function entryUnlessRemoved(reader: Reader, job: ExportJob, format: Format, row: RequestSummary): string | null {
  try {
    const read = () => {
      const exchange = readExchange(reader, row);
      if (exchange.problems.length > 0) job.incomplete();
      return exchange;
    };
    return format.entry(row, read, job.incomplete);
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}
