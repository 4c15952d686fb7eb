import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openReader, verifyFile } from '../../../src/store/index.js';
import { MIGRATIONS } from '../../../src/store/migrations/index.js';
import { Sqlite } from '../../support/sqlite.js';
import { runScript } from '../support/child.js';
import { tempDatabase } from '../support/temp-database.js';
import { expectAggregatesToBeSums, expectSetsOfSources } from './derived.js';

const COPIES = 3_000;

/** A database of the version before 0006 with many copies of its first request, so that migrating takes a while. */
function large(): string {
  const file = tempDatabase();
  mkdirSync(dirname(file));
  const db = new Sqlite(file);
  db.exec(readFileSync(join(import.meta.dirname, 'landed-0005.sql'), 'utf8'));
  const clone = (table: string, key: string, changed: Record<string, string> = {}) => {
    const columns = db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table);
    const values = columns.map((name) => (name === key ? 'each.value' : (changed[name] ?? `t.${name}`)));
    db.exec(`
      INSERT INTO ${table} (${columns.join(', ')})
      SELECT ${values.join(', ')} FROM ${table} t, generate_series each WHERE t.${key} = 1`);
  };
  db.exec(`CREATE TEMP TABLE generate_series AS
    WITH RECURSIVE n (value) AS (SELECT 100 UNION ALL SELECT value + 1 FROM n WHERE value < ${99 + COPIES}) SELECT value FROM n`);
  const id = { id: "t.id || '_' || each.value", initiated: 't.initiated + each.value * 60000' };
  clone('captured_requests', 'n', id);
  for (const table of ['captured_bodies', 'context_attributions', 'thread_places']) clone(table, 'request');
  clone('captured_responses', 'request', { id: id.id });
  db.exec(`
    UPDATE context_source_metrics SET (usage_count, total_tokens, cost_usd) = (
      SELECT count(*), sum(tokens), coalesce(sum(cost_usd), 0) FROM context_attributions a WHERE a.source = context_source_metrics.id)`);
  db.pragma('journal_mode = WAL');
  db.close();
  return file;
}

it('a process that is killed during a migration loses nothing', async () => {
  const file = large();
  const rehearsal = tempDatabase();
  mkdirSync(dirname(rehearsal));
  copyFileSync(file, rehearsal);
  const started = performance.now();
  openReader(rehearsal).close();
  const duration = performance.now() - started;

  const versions: unknown[] = [];
  for (const moment of [0.1, 0.3, 0.5, 0.7, 0.9]) {
    const script = runScript('migrate-database.ts', [file]);
    expect(await script.line()).toBe('begins');
    const timer = setTimeout(() => script.process.kill('SIGKILL'), moment * duration);
    onTestFinished(() => clearTimeout(timer));
    await script.ended();
    clearTimeout(timer);
    const db = new Sqlite(file);
    versions.push(db.pragma('user_version', { simple: true }));
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.prepare('SELECT count(*) FROM captured_requests').pluck().get()).toBe(COPIES + 9);
    db.close();
  }
  // It was killed during a migration at least once, and left none half done.
  expect(versions[0]).toBe(5);
  for (const version of versions) expect(MIGRATIONS.map((_, index) => index + 1).slice(4)).toContain(version);

  expect(verifyFile(file)).toMatchObject({ damage: [], requests: COPIES + 9, bodies: 2 * COPIES + 17 });
  expectAggregatesToBeSums(file);
  expectSetsOfSources(file);
});
