import { HASH_BYTES } from '../content/content-writer.js';
import type { Database } from '../sqlite.js';
import { contributed } from '../verify/aggregates.js';
import { verifySlices } from '../verify/content.js';
import { quote, TEXT_INDEX, tablesOf } from '../verify/structure.js';
import { AGGREGATES, type Aggregate } from '../write/aggregates.js';
import type { NoteLost } from './copy-rows.js';

export function emptyTextIndex(db: Database): void {
  db.exec(`INSERT INTO ${TEXT_INDEX} (${TEXT_INDEX}) VALUES ('delete-all')`);
}

/** Raises sums that are less than what is stored. Larger ones stay: they may count requests that were removed since. */
export function raiseAggregates(db: Database): void {
  for (const aggregate of AGGREGATES) db.exec(raise(aggregate));
  db.exec(`
    UPDATE context_source_metrics SET usage_count = h.requests, total_tokens = max(total_tokens, h.tokens),
      cost_usd = max(context_source_metrics.cost_usd, h.cost_usd)
    FROM (
      SELECT source, sum(requests) AS requests, sum(tokens) AS tokens, sum(cost_usd) AS cost_usd FROM source_hours GROUP BY source
    ) h
    WHERE h.source = context_source_metrics.id AND usage_count < h.requests`);
}

/** Gives every request the set of the sources that it has shares of, as `write/shares.ts` does. */
export function mendSourceSets(db: Database): void {
  db.exec(`
    CREATE TEMP TABLE carried AS
    SELECT request, json_group_array(source ORDER BY source) AS members
    FROM (SELECT DISTINCT request, source FROM context_attributions) GROUP BY request;
    CREATE INDEX temp.carried_by_request ON carried (request);
    INSERT INTO source_sets (members) SELECT DISTINCT members FROM temp.carried WHERE true ON CONFLICT DO NOTHING;
    UPDATE captured_responses SET source_set = (
      SELECT s.id FROM temp.carried c JOIN source_sets s ON s.members = c.members
      WHERE c.request = captured_responses.request
    );
    DELETE FROM source_set_members;
    DELETE FROM source_sets WHERE id NOT IN (SELECT source_set FROM captured_responses WHERE source_set IS NOT NULL);
    INSERT INTO source_set_members (source, source_set)
    SELECT each.value, s.id FROM source_sets s, json_each(s.members) each;
    DROP TABLE temp.carried`);
}

function raise({ table, view, key, sums }: Aggregate): string {
  return `
    INSERT INTO ${table} (${[...key, ...sums].join(', ')})
    SELECT * FROM (${contributed(view, key, sums)}) WHERE true
    ON CONFLICT (${key.join(', ')}) DO UPDATE SET
      ${sums
        .filter((sum) => sum !== 'rating_sum')
        .map((sum) => `${sum} = max(${sum}, excluded.${sum})`)
        .join(', ')}`;
}

/**
 * Appends a byte to the hash of damaged slices, so that writers do not find them and use them for new content. Once the same
 * content has been captured again, the damaged slice is restored from it.
 *
 * @returns how many slices were changed
 */
export function mendSlices(db: Database): number {
  const damaged = new Set<number>();
  verifySlices(
    db,
    (kind, _what, id) => void (kind === 'content' && damaged.add(Number(id))),
    () => {},
  );
  const retire = db.prepare<[number]>(
    `UPDATE slices SET hash = unhex(hex(hash) || '00') WHERE id = ? AND length(hash) = ${HASH_BYTES}`,
  );
  const again = db
    .prepare<[number], number>(`
      SELECT id FROM slices WHERE hash = (SELECT substr(hash, 1, ${HASH_BYTES}) FROM slices WHERE id = ?)`)
    .pluck();
  const heal = db.prepare<[number, number]>(`
    UPDATE slices SET (encoding, size, bytes) = (SELECT encoding, size, bytes FROM slices WHERE id = ?) WHERE id = ?`);
  let changed = 0;
  for (const id of damaged) {
    changed += retire.run(id).changes;
    const whole = again.get(id);
    if (whole !== undefined && !damaged.has(whole)) changed += heal.run(whole, id).changes;
  }
  return changed;
}

/**
 * Mends references to lost rows: a lost run gets a placeholder, a column that may be null is set to null, and rows that belong
 * to a lost request are removed.
 */
export function mendReferences(db: Database, lost: NoteLost): void {
  db.exec(`
    INSERT INTO runs (n, id, pid, started_at, ended_at, command, cwd, version)
    SELECT run, 'run_lost_' || run, 0, min(at), max(at), '?', '', '?'
    FROM (
      SELECT run, initiated AS at FROM captured_requests UNION ALL SELECT run, first_seen FROM sessions
      UNION ALL SELECT run, at FROM incidents UNION ALL SELECT run, started_at FROM mcp_servers
    )
    WHERE run NOT IN (SELECT n FROM runs) GROUP BY run`);
  let mended: number;
  do {
    mended = 0;
    for (const table of tablesOf(db)) {
      for (const reference of referencesOf(db, table)) mended += mend(db, reference, lost);
    }
  } while (mended > 0);
  addPlaceholderBodies(db, lost);
  // Requests whose responses are lost.
  db.exec(`
    UPDATE captured_requests SET state = 'interrupted'
    WHERE state <> 'open' AND NOT EXISTS (SELECT 1 FROM captured_responses p WHERE p.request = captured_requests.n)`);
}

interface Reference {
  table: string;
  parent: string;
  columns: { from: string; to: string }[];
}

function referencesOf(db: Database, table: string): Reference[] {
  const references = new Map<number, Reference>();
  const rows = db
    .prepare<[string], { id: number; parent: string; from: string; to: string }>(
      'SELECT id, "table" AS parent, "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq',
    )
    .all(table);
  for (const { id, parent, from, to } of rows) {
    const reference = references.get(id) ?? { table, parent, columns: [] };
    reference.columns.push({ from, to });
    references.set(id, reference);
  }
  return [...references.values()];
}

/** @returns how many rows were changed */
function mend(db: Database, { table, parent, columns }: Reference, lost: NoteLost): number {
  const child = quote(table);
  const orphaned = [
    ...columns.map(({ from }) => `${child}.${quote(from)} IS NOT NULL`),
    `NOT EXISTS (SELECT 1 FROM ${quote(parent)} p WHERE ${columns
      .map(({ from, to }) => `p.${quote(to)} = ${child}.${quote(from)}`)
      .join(' AND ')})`,
  ].join(' AND ');
  const [first] = columns;
  const optional = columns.length === 1 && first !== undefined && isOptional(db, table, first.from) ? first.from : null;
  if (optional !== null) {
    return db.prepare(`UPDATE ${child} SET ${quote(optional)} = NULL WHERE ${orphaned}`).run().changes;
  }
  const { changes } = db.prepare(`DELETE FROM ${child} WHERE ${orphaned}`).run();
  if (changes > 0) lost(table, changes);
  return changes;
}

function isOptional(db: Database, table: string, column: string): boolean {
  const info = db
    .prepare<[string, string], { notnull: number; pk: number }>(
      'SELECT "notnull", pk FROM pragma_table_info(?) WHERE name = ?',
    )
    .get(table, column);
  return info?.notnull === 0 && info.pk === 0;
}

/** Every request and every response has a body: a lost one must read as damaged, not as absent. */
function addPlaceholderBodies(db: Database, lost: NoteLost): void {
  const { changes } = db
    .prepare(`
      INSERT INTO captured_bodies (request, side, size, sha256, stored_sha256, truncated, redacted)
      SELECT request, side, 0, NULL, NULL, 0, 0
      FROM (SELECT n AS request, 0 AS side FROM captured_requests UNION ALL SELECT request, 1 FROM captured_responses)
      WHERE true ON CONFLICT DO NOTHING`)
    .run();
  if (changes > 0) lost('captured_bodies', changes);
}
