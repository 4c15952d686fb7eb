import type { Measurement, Measurements } from '../../model/measurement.js';
import type { Database } from '../sqlite.js';

/** The measurements of a model, by the key of the piece. */
export function readMeasurements(db: Database, model: string): Measurements {
  const rows = db
    .prepare<[string], Measurement & { piece: string }>('SELECT piece, tokens, known FROM measurements WHERE model = ?')
    .all(model);
  return new Map(rows.map(({ piece, tokens, known }) => [piece, { tokens, known }]));
}

/** Answers of `count_tokens`, by the hash of the request. */
export function readTokenCounts(db: Database, model: string): ReadonlyMap<string, number> {
  const rows = db
    .prepare<[string], [request: string, tokens: number]>('SELECT request, tokens FROM token_counts WHERE model = ?')
    .raw()
    .all(model);
  return new Map(rows);
}
