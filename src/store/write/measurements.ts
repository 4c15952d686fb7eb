import type { Measurements } from '../../model/measurement.js';
import type { Database } from '../sqlite.js';

/** An answer of `count_tokens`. */
export interface TokenCount {
  model: string;
  /** Hex SHA-256 of the request's JSON, without the model. */
  request: string;
  tokens: number;
  /** Unix ms. */
  at: number;
}

/** Saves an answer, and the measurements of its model that it completes. */
export function saveTokenCount(db: Database, { model, request, tokens, at }: TokenCount, found: Measurements): void {
  db.prepare(`
    INSERT INTO token_counts (model, request, tokens, counted_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (model, request) DO UPDATE SET tokens = excluded.tokens, counted_at = excluded.counted_at`).run(
    model,
    request,
    tokens,
    at,
  );
  saveMeasurements(db, model, found);
}

export function saveMeasurements(db: Database, model: string, found: Measurements): void {
  const insert = db.prepare(`
    INSERT INTO measurements (model, piece, tokens, known) VALUES (?, ?, ?, ?)
    ON CONFLICT (model, piece) DO NOTHING`);
  for (const [piece, { tokens, known }] of found) insert.run(model, piece, tokens, known);
}

/** The version of attributions whose counts were removed. No release has it, so they are outdated. */
const NO_VERSION = 0;

/** Removes all answers and measurements. Attributions of their models are outdated then. @returns the number of measurements */
export function forgetMeasurements(db: Database): number {
  db.prepare(`
    UPDATE captured_responses SET attribution_version = ? WHERE attribution_version IS NOT NULL
      AND request IN (SELECT n FROM captured_requests WHERE model IN (SELECT DISTINCT model FROM measurements))`).run(
    NO_VERSION,
  );
  db.prepare('DELETE FROM token_counts').run();
  return db.prepare('DELETE FROM measurements').run().changes;
}
