import type { Database } from '../sqlite.js';

/** A cumulative sum, or a histogram where `counts` has one count for each bucket. */
export interface Sum {
  /** Unix ms. */
  startedAt: number;
  sum: number;
  count: number;
  counts: number[];
}

export type SumsByKey = ReadonlyMap<string, Sum>;

/** A sum that has not changed for this long starts again. */
const FORGOTTEN_MS = 30 * 24 * 60 * 60 * 1_000;

/**
 * The turn to send changes to a collector, which one process of a database has at a time, and the position of the last change that was
 * sent. A process that dies loses its turn when its time is over.
 */
export interface TelemetryWriter {
  /**
   * Takes the turn. @param since unix ms: the first turn of a database leaves out earlier changes
   * @returns the number of the last change that was sent; null while another process sends, or has to wait
   */
  take(owner: string, now: number, leaseMs: number, since: number): number | null;
  /** The sums with these keys that were sent before. */
  sums(keys: readonly string[]): SumsByKey;
  countSums(): number;
  /** Notes sums that have begun. @returns false if the turn was lost in the meantime: then nothing is noted */
  begin(owner: string, sums: SumsByKey, now: number): boolean;
  /** Notes an accepted batch, and ends the turn. @returns false if the turn was lost in the meantime: then nothing is noted */
  advance(owner: string, position: number, sums: SumsByKey, now: number): boolean;
  /** Ends the turn without progress. After a failure, no process sends for `waitMs`. */
  end(owner: string, now: number, failure: { reason: string; waitMs: number } | null): void;
}

export function createTelemetryWriter(
  db: Database,
  transaction: <Result>(work: () => Result) => Result,
): TelemetryWriter {
  const beginStream = db.prepare<[{ since: number }]>(`
    INSERT INTO telemetry (id, position, until)
    SELECT 1, coalesce((SELECT max(n) FROM changes WHERE at < @since), (SELECT min(n) - 1 FROM changes), 0), 0
    WHERE NOT EXISTS (SELECT 1 FROM telemetry)`);
  const take = db
    .prepare<[{ owner: string; now: number; leaseMs: number }], number>(`
      UPDATE telemetry SET owner = @owner, until = @now + @leaseMs
      WHERE owner IS @owner OR until <= @now OR until > @now + ${60 * 60 * 1_000}
      RETURNING position`)
    .pluck();
  const read = db.prepare<[string], { key: string; startedAt: number; value: string }>(`
    SELECT key, started_at AS startedAt, value FROM telemetry_sums WHERE key IN (SELECT value FROM json_each(?))`);
  const count = db.prepare<[], number>('SELECT count(*) FROM telemetry_sums').pluck();
  const owns = db.prepare<[string], number>('SELECT 1 FROM telemetry WHERE owner = ?').pluck();
  const advance = db.prepare<[{ owner: string; position: number; now: number }]>(`
    UPDATE telemetry SET position = @position, owner = NULL, until = @now, sent_at = @now, failing_since = NULL, error = NULL
    WHERE owner = @owner`);
  const save = db.prepare<[{ key: string; startedAt: number; now: number; value: string }]>(`
    INSERT INTO telemetry_sums (key, started_at, sent_at, value) VALUES (@key, @startedAt, @now, @value)
    ON CONFLICT (key) DO UPDATE SET sent_at = excluded.sent_at, value = excluded.value`);
  const saveAll = (sums: SumsByKey, now: number) => {
    for (const [key, { startedAt, ...value }] of sums) save.run({ key, startedAt, now, value: JSON.stringify(value) });
  };
  const forget = db.prepare<[number]>('DELETE FROM telemetry_sums WHERE sent_at < ?');
  const end = db.prepare<[{ owner: string; now: number }]>(
    'UPDATE telemetry SET owner = NULL, until = @now WHERE owner = @owner',
  );
  const fail = db.prepare<[{ owner: string; now: number; waitMs: number; reason: string }]>(`
    UPDATE telemetry SET owner = NULL, until = @now + @waitMs, failing_since = coalesce(failing_since, @now), error = @reason
    WHERE owner = @owner`);

  return {
    take: (owner, now, leaseMs, since) =>
      transaction(() => {
        beginStream.run({ since });
        return take.get({ owner, now, leaseMs }) ?? null;
      }),
    sums: (keys) =>
      new Map(
        read.all(JSON.stringify(keys)).map(({ key, startedAt, value }) => [key, { startedAt, ...JSON.parse(value) }]),
      ),
    countSums: () => count.get() ?? 0,
    begin: (owner, sums, now) =>
      transaction(() => {
        if (owns.get(owner) === undefined) return false;
        saveAll(sums, now);
        return true;
      }),
    advance: (owner, position, sums, now) =>
      transaction(() => {
        if (advance.run({ owner, position, now }).changes === 0) return false;
        saveAll(sums, now);
        if (sums.size > 0) forget.run(now - FORGOTTEN_MS);
        return true;
      }),
    end: (owner, now, failure) =>
      transaction(() => void (failure === null ? end.run({ owner, now }) : fail.run({ owner, now, ...failure }))),
  };
}
