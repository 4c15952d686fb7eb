import { VERSION } from '../../settings/version.js';
import type { RequestRow } from '../../store/index.js';
import { REQUEST_CSV_HEADING, requestCsvLine } from '../../text/reports/csv.js';
import type { ExportedExchange } from '../exchange.js';
import { HAR_END, HAR_SEPARATOR, harBeginning } from '../har/document.js';
import { harEntry } from '../har/entry.js';
import { exchangeLine, rowLine } from '../jsonl.js';

export const FORMATS = ['har', 'jsonl', 'csv'] as const;
export type FormatName = (typeof FORMATS)[number];

/** What a format writes: before, for each request, between requests, after. */
export interface Format {
  beginning: string;
  separator: string;
  end: string;
  /** @param read gets all that is stored of the request, for a format that has room for it */
  entry(row: RequestRow, read: () => ExportedExchange): string;
}

export function formatOf(name: FormatName, withBodies: boolean): Format {
  switch (name) {
    case 'har':
      return {
        beginning: harBeginning(VERSION),
        separator: HAR_SEPARATOR,
        end: HAR_END,
        entry: (_, read) => JSON.stringify(harEntry(read())),
      };
    case 'jsonl':
      return {
        beginning: '',
        separator: '',
        end: '',
        entry: (row, read) => (withBodies ? exchangeLine(read()) : rowLine(row)),
      };
    case 'csv':
      return { beginning: REQUEST_CSV_HEADING, separator: '', end: '', entry: requestCsvLine };
  }
}
