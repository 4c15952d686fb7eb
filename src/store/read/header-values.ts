import { headersOf } from '../../base/headers.js';
import type { ContentReader } from '../content/content-reader.js';
import { DamagedContentError } from '../errors.js';
import type { Database } from '../sqlite.js';
import { readHeaders } from '../stored-json.js';

/**
 * The values of one header of requests, joined by commas, by request id. Requests without the header, and those whose stored
 * headers are damaged, are left out.
 * @param name in lower case
 */
export function headerValues(
  db: Database,
  content: ContentReader,
  ids: readonly string[],
  name: string,
): Map<string, string> {
  const stored = db
    .prepare<[string], { id: string; headers: number }>(
      'SELECT id, headers FROM captured_requests WHERE id IN (SELECT value FROM json_each(?))',
    )
    .all(JSON.stringify(ids));
  return new Map(
    stored.flatMap(({ id, headers }): [string, string][] => {
      const values = valuesOf(content, headers, name);
      return values.length === 0 ? [] : [[id, values.join(',')]];
    }),
  );
}

function valuesOf(content: ContentReader, headers: number, wanted: string): string[] {
  try {
    return headersOf(readHeaders(content, headers), wanted);
  } catch (error) {
    if (error instanceof DamagedContentError) return [];
    throw error;
  }
}
