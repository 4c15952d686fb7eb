import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import type { OutputFormat } from '../../text/reports/request-list.js';

/** Formats for programs, of which one call takes one; without any, a table for people. */
export function formatOptions<Args>(yargs: Argv<Args>) {
  return yargs
    .option('json', { type: 'boolean', default: false, describe: 'as one JSON document' })
    .option('ndjson', { type: 'boolean', default: false, describe: 'a JSON object a line' });
}

/** @throws UsageError when more than one is asked for */
export function chosenFormat(args: { json: boolean; ndjson: boolean; csv?: boolean }): OutputFormat {
  const { json, ndjson, csv = false } = args;
  const [format, second] = Object.entries({ json, ndjson, csv }).flatMap(([name, isAsked]) => (isAsked ? [name] : []));
  if (second !== undefined) {
    throw new UsageError(`Give only one of --json, --ndjson${args.csv === undefined ? '' : ', --csv'}.`);
  }
  return format === 'json' || format === 'ndjson' || format === 'csv' ? format : 'table';
}

export function jsonLines(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
