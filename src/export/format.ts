import type { RequestSummary } from '../model/request.js';
import type { ExportedExchange } from './exported-exchange.js';

/** What a format writes before the requests, for each, between them, and after them. */
export interface Format {
  beginning: string;
  separator: string;
  end: string;
  /**
   * @param read gets all that is stored of the request, for a format that has room for it
   * @param onIncomplete to be called when something that belongs into the entry cannot be read; `read` does it itself
   */
  entry(row: RequestSummary, read: () => ExportedExchange, onIncomplete: () => void): string;
}
