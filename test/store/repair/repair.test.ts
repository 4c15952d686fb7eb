import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeDatabase, openDatabase } from '../../../src/store/database.js';
import {
  CorruptError,
  DamagedContentError,
  InUseError,
  isRepairable,
  NoSchemaError,
  openReader,
  openStore,
  repairFile,
  verifyFile,
} from '../../../src/store/index.js';
import { Sqlite } from '../../support/sqlite.js';
import { runScript } from '../support/child.js';
import { aBody, aRequest, aRun } from '../support/records.js';
import { startedStore } from '../support/started-store.js';
import { tempDatabase } from '../support/temp-database.js';
import { pagesOf, tamper, type WholeHistory, wholeHistory } from '../support/whole-history.js';

const PAGE = 4096;

/** Overwrites pages (from 1) with garbage. @returns the new contents of the file */
function destroy(file: string, ...pages: number[]): Buffer {
  const bytes = readFileSync(file);
  for (const page of pages) bytes.fill(0xee, (page - 1) * PAGE, page * PAGE);
  writeFileSync(file, bytes);
  return bytes;
}

/** The last page of a table: its root leads to the others, so this one is a leaf. */
function lastPage(file: string, table: string): number {
  return pagesOf(file).get(table)?.at(-1) ?? 0;
}

/** Number of request bodies that are read as they were captured. */
function wholeBodies({ file, requests }: WholeHistory): number {
  const reader = openReader(file);
  const whole = requests.filter(({ id, body }) => {
    try {
      return body.equals(reader.requestBody(id));
    } catch {
      return false;
    }
  });
  reader.close();
  return whole.length;
}

describe('repairFile', () => {
  it('changes nothing in an intact database', () => {
    const { file } = wholeHistory(3);
    const before = readFileSync(file);
    expect(repairFile(file)).toMatchObject({ done: 'nothing', found: [], left: [], kept: null });
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(readdirSync(dirname(file))).toEqual([basename(file)]);
  });

  it('copies what is readable beside a damaged page to a new file, and keeps the old one unchanged', () => {
    const history = wholeHistory();
    const { file, requests } = history;
    const damaged = destroy(file, lastPage(file, 'slices'));
    const repair = repairFile(file);
    expect(repair).toMatchObject({ done: 'rebuilt', kept: expect.stringMatching(/trace\.db\.damaged-\d{8}T\d{6}/) });
    expect(readFileSync(repair.kept ?? '').equals(damaged)).toBe(true);
    const { damage, requests: count } = verifyFile(file);
    expect(damage).toEqual(repair.left);
    expect(damage.map(({ kind }) => kind)).toEqual(damage.map(() => 'content'));
    expect(damage.length).toBeGreaterThan(0);
    expect(count).toBe(requests.length);
    expect(wholeBodies(history)).toBeGreaterThan(requests.length / 2);
    expect(repairFile(file)).toMatchObject({ done: 'nothing', left: damage, kept: null });
  });

  it.each([
    'runs',
    'sessions',
    'captured_requests',
    'captured_responses',
    'captured_bodies',
    'body_chains',
    'chain_links',
    'context_attributions',
    'context_source_metrics',
    'request_hours',
    'source_hours',
    'source_sets',
    'source_set_members',
    'thread_places',
    'mcp_servers',
    'mcp_messages',
    'mcp_calls',
    'mcp_deliveries',
    'mcp_definitions',
    'mcp_calls_by_connection',
    'metadata',
    'migrations',
    'sqlite_autoindex_slices_1',
    'requests_newest',
    'request_texts_data',
  ])('makes an intact database of one with a destroyed page of %s', (table) => {
    const history = wholeHistory(4);
    destroy(history.file, lastPage(history.file, table));
    const { done, left } = repairFile(history.file);
    expect(done).toBe('rebuilt');
    expect(left.filter(({ kind }) => kind !== 'content')).toEqual([]);
    expect(verifyFile(history.file).damage).toEqual(left);
    const store = openStore(history.file);
    store.beginRun(aRun());
    store.close();
  });

  it('keeps all other rows where a page has a wrong key', () => {
    const { file } = wholeHistory(3);
    const slices = () => {
      const db = new Sqlite(file, { readonly: true });
      const count = db.prepare<[], number>('SELECT count(*) FROM slices WHERE bytes IS NOT NULL').pluck().get() ?? 0;
      db.close();
      return count;
    };
    const before = slices();
    const [, leaf = 0] = pagesOf(file).get('slices') ?? [];
    const bytes = readFileSync(file);
    // The size and the key of the page's first row, as variable-length integers: the key becomes 127, the largest of one byte.
    let place = (leaf - 1) * PAGE + bytes.readUInt16BE((leaf - 1) * PAGE + 8);
    while (bytes.readUInt8(place) & 0x80) place++;
    expect(bytes.readUInt8(place + 1)).toBeLessThan(100);
    bytes.writeUInt8(127, place + 1);
    writeFileSync(file, bytes);
    expect(repairFile(file).done).toBe('rebuilt');
    expect(slices()).toBeGreaterThanOrEqual(before - 1);
  });

  it('empties a text index whose settings are lost', () => {
    const { file, requests } = wholeHistory(3);
    tamper(file, "DELETE FROM request_texts_config WHERE k = 'version'");
    const reader = openReader(file);
    expect(() => reader.query({ text: 'wanted' })).toThrow(CorruptError);
    reader.close();
    expect(verifyFile(file).damage.map(({ kind }) => kind)).toEqual(['texts']);
    expect(repairFile(file)).toMatchObject({ textsEmptied: true, left: [] });
    const repaired = openReader(file);
    expect(repaired.query({ text: 'wanted' }).rows).toEqual([]);
    expect(repaired.query().rows).toHaveLength(requests.length);
    repaired.close();
  });

  it('makes lost bodies read as damaged, not as absent', () => {
    const { file, requests } = wholeHistory(3);
    destroy(file, ...(pagesOf(file).get('captured_bodies') ?? []));
    expect(repairFile(file).lost).toContainEqual({ table: 'captured_bodies', count: expect.any(Number) });
    const reader = openReader(file);
    for (const { id } of requests) {
      expect(() => reader.requestBody(id)).toThrow(DamagedContentError);
      expect(() => reader.responseBody(id)).toThrow(DamagedContentError);
    }
    reader.close();
  });

  it('counts lost rows of an aggregate again, and keeps its counts of removed requests', () => {
    const { file } = wholeHistory(4);
    const hours = () => {
      const db = openDatabase(file, { readonly: true });
      const rows = db.prepare('SELECT * FROM request_hours').all();
      db.close();
      return rows;
    };
    const exact = hours();
    tamper(file, 'UPDATE request_hours SET requests = requests + 5');
    const more = hours();
    destroy(file, lastPage(file, 'source_hours'));
    expect(repairFile(file).left).toEqual([]);
    expect(hours()).toEqual(more);
    tamper(file, 'DELETE FROM request_hours');
    expect(repairFile(file)).toMatchObject({ done: 'mended', left: [], kept: null });
    expect(hours()).toEqual(exact);
  });

  it('restores the sets of sources by which requests are found', () => {
    const { file, requests } = wholeHistory(3);
    tamper(file, 'DELETE FROM source_set_members', 'UPDATE captured_responses SET source_set = NULL WHERE request > 2');
    expect(repairFile(file)).toMatchObject({ done: 'mended', left: [] });
    const reader = openReader(file);
    expect(reader.query({ source: 'mcp:serena' }).rows).toHaveLength(requests.length);
    reader.close();
  });

  it('makes an index again that does not match its table', () => {
    const history = wholeHistory(3);
    const [first] = history.requests;
    // Built while its condition matched no row, the index is empty when its declaration is restored.
    tamper(history.file, `UPDATE sqlite_schema SET sql = sql || ' WHERE n > 1000' WHERE name = 'requests_newest'`);
    tamper(
      history.file,
      'REINDEX requests_newest',
      `UPDATE sqlite_schema SET sql = replace(sql, ' WHERE n > 1000', '') WHERE name = 'requests_newest'`,
    );
    expect(verifyFile(history.file).damage.map(({ kind }) => kind)).toEqual(['index']);
    expect(repairFile(history.file)).toMatchObject({ done: 'mended', left: [], lost: [], kept: null });
    expect(wholeBodies(history)).toBe(history.requests.length);
    const reader = openReader(history.file);
    expect(reader.query().rows.map(({ id }) => id)).toContain(first?.id);
    reader.close();
  });

  it('empties a damaged text index, and reports it', () => {
    const { file } = wholeHistory(3);
    tamper(file, 'DELETE FROM request_texts_data WHERE id > 10');
    expect(repairFile(file)).toMatchObject({ done: 'mended', textsEmptied: true, left: [], kept: null });
    const reader = openReader(file);
    expect(reader.query({ text: 'wanted' }).rows).toEqual([]);
    reader.close();
  });

  it('names content that cannot be restored, and leaves the file unchanged', () => {
    const { file, requests } = wholeHistory(3);
    tamper(file, 'UPDATE captured_bodies SET sha256 = randomblob(32) WHERE request = 2 AND side = 0');
    const before = readFileSync(file);
    const examples = [requests[1]?.id];
    expect(repairFile(file)).toMatchObject({ done: 'nothing', left: [{ kind: 'content', count: 1, examples }] });
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('keeps new requests from using damaged content, and restores it once the same content is captured again', () => {
    const history = wholeHistory(3);
    const [, second] = history.requests;
    const tools = `(SELECT slice FROM chain_links ORDER BY id LIMIT 1 OFFSET 3)`;
    tamper(history.file, `UPDATE slices SET encoding = 0, bytes = zeroblob(size) WHERE id = ${tools}`);
    expect(wholeBodies(history)).toBeLessThan(history.requests.length);
    expect(repairFile(history.file)).toMatchObject({ done: 'mended', kept: null });
    expect(repairFile(history.file).left).not.toEqual([]);

    const store = openStore(history.file);
    const run = aRun();
    store.beginRun(run);
    const again = aRequest(run.id, { body: aBody(second?.body ?? '') });
    store.saveRequest(again);
    store.endRun(run.id);
    store.close();
    const reader = openReader(history.file);
    expect(second?.body.equals(reader.requestBody(again.id))).toBe(true);
    reader.close();

    expect(repairFile(history.file)).toMatchObject({ done: 'mended', left: [] });
    expect(wholeBodies(history)).toBe(history.requests.length);
    expect(repairFile(history.file).done).toBe('nothing');
  });

  it('refuses when any page of the schema is destroyed, and leaves the file unchanged', () => {
    const { file } = wholeHistory(3);
    for (const page of [1, ...(pagesOf(file).get('sqlite_schema') ?? [])]) {
      const history = wholeHistory(3);
      const damaged = destroy(history.file, page);
      expect(() => repairFile(history.file)).toThrow(NoSchemaError);
      expect(readFileSync(history.file).equals(damaged)).toBe(true);
      expect(readdirSync(dirname(history.file))).toEqual([basename(history.file)]);
    }
  });

  it('refuses when a table is declared differently from ours', () => {
    const history = wholeHistory(3);
    tamper(
      history.file,
      `UPDATE sqlite_schema SET sql = replace(sql, 'latency_ms', 'latency_mz') WHERE tbl_name = 'captured_responses'`,
    );
    expect(() => repairFile(history.file)).toThrow(NoSchemaError);
  });

  it('makes a dropped index and a dropped view again', () => {
    const history = wholeHistory(3);
    tamper(history.file, 'DROP INDEX requests_newest', 'DROP VIEW run_log', 'CREATE VIEW mine AS SELECT 1');
    expect(verifyFile(history.file).damage).toMatchObject([{ what: 'schema', count: 2 }]);
    expect(repairFile(history.file)).toMatchObject({ done: 'rebuilt', left: [], lost: [] });
    expect(wholeBodies(history)).toBe(history.requests.length);
  });

  it('brings a database up to date whose first process was killed before it made a table', () => {
    const file = tempDatabase();
    makeDatabase(file, []).close();
    expect(repairFile(file)).toMatchObject({ found: [], done: 'nothing', lost: [] });
    openReader(file).close();
  });

  it('is offered only where it finds the tables', () => {
    const history = wholeHistory(2);
    destroy(history.file, lastPage(history.file, 'slices'));
    expect(isRepairable(history.file)).toBe(true);
    destroy(history.file, 1);
    expect(isRepairable(history.file)).toBe(false);
  });

  it('refuses garbage, and leaves it unchanged', () => {
    const { file } = wholeHistory(2);
    const garbage = readFileSync(file).fill(0xee);
    writeFileSync(file, garbage);
    expect(() => repairFile(file)).toThrow(NoSchemaError);
    expect(readFileSync(file).equals(garbage)).toBe(true);
    expect(readdirSync(dirname(file))).toEqual([basename(file)]);
  });

  it('refuses while another process has the database open, reading or writing', async () => {
    const { file } = wholeHistory(2);
    destroy(file, lastPage(file, 'slices'));
    for (const readonly of [true, false]) {
      const other = openDatabase(file, { readonly });
      expect(() => repairFile(file)).toThrow(InUseError);
      expect(() => repairFile(file)).toThrow(/in use by another process\. Nothing was changed/);
      other.close();
    }
    expect(repairFile(file).done).toBe('rebuilt');
  });

  it('refuses while a run is alive that has closed the database for a while', () => {
    const { file, store } = startedStore();
    store.close();
    expect(() => repairFile(file)).toThrow(new RegExp(`in use by claude-trace \\(pid ${process.pid}\\), which traces`));
  });

  it('keeps what was in the write-ahead log of a killed process', async () => {
    const history = wholeHistory();
    // New rows do not change this page, so the log does not contain it.
    const [, firstLeaf = 0] = pagesOf(history.file).get('slices') ?? [];
    const writer = runScript('write-requests.ts', [history.file, '6', 'stay']);
    await writer.line();
    writer.process.kill('SIGKILL');
    await writer.ended();
    expect(statSync(`${history.file}-wal`).size).toBeGreaterThan(0);
    destroy(history.file, firstLeaf);
    const { done, left } = repairFile(history.file);
    expect(done).toBe('rebuilt');
    expect(left.length).toBeGreaterThan(0);
    const reader = openReader(history.file);
    const { rows, total } = reader.query({}, { limit: 6 });
    expect(total).toBe(history.requests.length + 6);
    const answers = rows.map(({ id }) => reader.responseBody(id)?.length ?? 0);
    expect(answers.filter((length) => length > 0)).toHaveLength(3);
    reader.close();
  });

  it('repairs a database of an older version, too', () => {
    const file = tempDatabase();
    mkdirSync(dirname(file));
    const db = new Sqlite(file);
    db.exec(readFileSync(join(import.meta.dirname, '..', 'migrations', 'landed-0005.sql'), 'utf8'));
    const page = db.prepare<[], number>("SELECT max(pageno) FROM dbstat WHERE name = 'request_tools'").pluck().get();
    db.pragma('journal_mode = WAL');
    db.close();
    destroy(file, page ?? 0);
    expect(repairFile(file)).toMatchObject({ done: 'rebuilt', left: [] });
    expect(verifyFile(file)).toMatchObject({ requests: 9, damage: [] });
  });

  it('a repair that is killed at any moment leaves the original or the repaired database in place', async () => {
    const history = wholeHistory();
    destroy(history.file, lastPage(history.file, 'slices'));
    const started = performance.now();
    const rehearsal = tempDatabase();
    mkdirSync(dirname(rehearsal));
    copyFileSync(history.file, rehearsal);
    const left = repairFile(rehearsal).left;
    const duration = performance.now() - started;
    const damaged = readFileSync(history.file);
    for (const moment of [0, 0.2, 0.4, 0.6, 0.8, 1]) {
      const script = runScript('repair-database.ts', [history.file]);
      await script.line();
      const timer = setTimeout(() => script.process.kill('SIGKILL'), moment * duration * 1.5);
      onTestFinished(() => clearTimeout(timer));
      await script.ended();
      clearTimeout(timer);
      const now = readFileSync(history.file);
      if (!now.equals(damaged)) break;
    }
    repairFile(history.file);
    expect(verifyFile(history.file).damage).toEqual(left);
    expect(existsSync(`${history.file}.repaired`)).toBe(false);
    const kept = readdirSync(dirname(history.file)).filter((name) => name.includes('.damaged-'));
    expect(kept.length).toBeGreaterThan(0);
    for (const name of kept) expect(readFileSync(join(dirname(history.file), name)).equals(damaged)).toBe(true);
  });
});
