import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openAlone } from '../../src/store/database.js';
import {
  CannotOpenError,
  CorruptError,
  ForeignDatabaseError,
  NewerSchemaError,
  NothingCapturedError,
  openDatabase,
  openStore,
} from '../../src/store/index.js';
import { MIGRATIONS } from '../../src/store/migrations/index.js';
import type { Database } from '../../src/store/sqlite.js';
import { Sqlite } from '../support/sqlite.js';
import { runScript } from './support/child.js';
import { aRequest, aRun } from './support/records.js';
import { tempDatabase } from './support/temp-database.js';

const mode = (path: string) => statSync(path).mode & 0o777;
const schema = (db: Database) => db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all();

describe('openDatabase', () => {
  it.skipIf(process.platform === 'win32')('makes folder and files that only their owner can read', () => {
    const file = tempDatabase();
    const store = openStore(file);
    store.beginRun(aRun());
    expect(mode(dirname(file))).toBe(0o700);
    expect([file, `${file}-wal`, `${file}-shm`].map(mode)).toEqual([0o600, 0o600, 0o600]);
    store.close();
    chmodSync(file, 0o644);
    openStore(file).close();
    expect(mode(file)).toBe(0o600);
  });

  it('sets WAL, incremental vacuum, our application id and the schema version in the file', () => {
    const file = tempDatabase();
    openDatabase(file, { readonly: false }).close();
    const db = openDatabase(file, { readonly: true });
    const pragma = (name: string) => db.pragma(name, { simple: true });
    expect(['journal_mode', 'auto_vacuum', 'application_id', 'user_version', 'foreign_keys'].map(pragma)).toEqual([
      'wal',
      2,
      0x43547263,
      MIGRATIONS.length,
      1,
    ]);
    expect(() => db.exec("DELETE FROM metadata WHERE key = 'x'")).toThrow('readonly');
    db.close();
  });

  it('has nothing for readers while another process is creating the file', () => {
    const file = tempDatabase();
    mkdirSync(dirname(file));
    const db = new Sqlite(file);
    db.exec('VACUUM');
    db.close();
    expect(statSync(file).size).toBeGreaterThan(0);
    expect(() => openDatabase(file, { readonly: true })).toThrow(NothingCapturedError);
    openDatabase(file, { readonly: false }).close();
    openDatabase(file, { readonly: true }).close();
  });

  it('applies nothing twice', () => {
    const file = tempDatabase();
    const first = openDatabase(file, { readonly: false });
    const before = { schema: schema(first), applied: first.prepare('SELECT * FROM migrations').all() };
    first.close();
    const second = openDatabase(file, { readonly: false });
    expect({ schema: schema(second), applied: second.prepare('SELECT * FROM migrations').all() }).toEqual(before);
    second.close();
  });

  it.each(MIGRATIONS.map((_, count) => count))(
    'brings a database with the first %i migrations up to date, for readers too',
    (count) => {
      const fresh = openDatabase(tempDatabase(), { readonly: false });
      const file = tempDatabase();
      mkdirSync(dirname(file));
      const old = new Sqlite(file);
      old.pragma(`application_id = ${0x43547263}`);
      old.exec('CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at REAL NOT NULL) WITHOUT ROWID');
      for (const migration of MIGRATIONS.slice(0, count)) {
        migration.up(old);
        old.prepare('INSERT INTO migrations VALUES (?, 0)').run(migration.name);
      }
      old.close();
      const db = openDatabase(file, { readonly: true });
      expect(schema(db)).toEqual(schema(fresh));
      db.close();
      fresh.close();
    },
  );

  it('lets several processes make the same database at once', async () => {
    const file = tempDatabase();
    const scripts = Array.from({ length: 4 }, () => runScript('open-database.ts', [file]));
    const versions = await Promise.all(scripts.map((script) => script.line()));
    expect(versions).toEqual(scripts.map(() => String(MIGRATIONS.length)));
  });

  it('a database of a newer version is refused and not changed', () => {
    const file = tempDatabase();
    const db = openDatabase(file, { readonly: false });
    db.prepare('INSERT INTO migrations VALUES (?, 0)').run('9999-from-the-future');
    db.close();
    const before = readFileSync(file);
    for (const readonly of [true, false]) {
      expect(() => openDatabase(file, { readonly })).toThrow(NewerSchemaError);
      expect(() => openDatabase(file, { readonly })).toThrow(/"9999-from-the-future"/);
    }
    expect(readFileSync(file)).toEqual(before);
  });

  it("refuses another program's database, and leaves it unchanged", () => {
    const file = tempDatabase();
    mkdirSync(dirname(file));
    const db = new Sqlite(file);
    db.exec('CREATE TABLE theirs (a)');
    db.close();
    const before = readFileSync(file);
    expect(() => openDatabase(file, { readonly: false })).toThrow(ForeignDatabaseError);
    expect(() => openDatabase(file, { readonly: true })).toThrow(ForeignDatabaseError);
    expect(readFileSync(file)).toEqual(before);
  });

  it('reports garbage as damaged, and leaves it unchanged', () => {
    const file = tempDatabase();
    mkdirSync(dirname(file));
    writeFileSync(file, 'garbage '.repeat(1_000));
    expect(() => openDatabase(file, { readonly: false })).toThrow(CorruptError);
    expect(() => openDatabase(file, { readonly: true })).toThrow(/trace\.db is damaged/);
    expect(readFileSync(file, 'utf8')).toBe('garbage '.repeat(1_000));
  });

  it('reports a damaged page, and deletes nothing', () => {
    const file = tempDatabase();
    const store = openStore(file);
    const run = aRun();
    store.beginRun(run);
    for (let count = 0; count < 200; count += 1) store.saveRequest(aRequest(run.id));
    store.close();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 4096 * 2);
    writeFileSync(file, bytes);
    const write = () => {
      const damaged = openStore(file);
      try {
        damaged.beginRun(aRun());
        damaged.saveRequest(aRequest(run.id));
      } finally {
        damaged.close();
      }
    };
    expect(write).toThrow(CorruptError);
    expect(statSync(file).size).toBe(bytes.length);
  });

  it('names the path that it cannot use', () => {
    const file = tempDatabase();
    mkdirSync(dirname(file));
    writeFileSync(join(dirname(file), 'occupied'), '');
    const below = join(dirname(file), 'occupied', 'trace.db');
    expect(() => openDatabase(below, { readonly: false })).toThrow(CannotOpenError);
    expect(() => openDatabase(below, { readonly: false })).toThrow(below);
  });

  it('reports to readers that nothing was captured when there is no database, and creates none', () => {
    const file = tempDatabase();
    expect(() => openDatabase(file, { readonly: true })).toThrow(NothingCapturedError);
    expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined();
  });

  describe.skipIf(process.platform === 'win32')('in a folder that may not be written', () => {
    const preload = ['--require', join(import.meta.dirname, 'support', 'as-nobody.cjs')];

    it('reports it to a writer', async () => {
      const file = tempDatabase();
      mkdirSync(dirname(file));
      protect(file);
      const script = runScript('open-database.ts', [file], { node: preload });
      expect(await script.line()).toMatch(/^CannotOpenError: Cannot open the database .*trace\.db: EACCES/);
    });

    it('reads a database that a writer has closed cleanly', async () => {
      const file = tempDatabase();
      openStore(file).close();
      chmodSync(file, 0o444);
      protect(file);
      const script = runScript('open-database.ts', [file, 'readonly'], { node: preload });
      expect(await script.line()).toBe(String(MIGRATIONS.length));
    });

    it('reports it to a reader where a write-ahead log is left or a migration is pending', async () => {
      const left = tempDatabase();
      openStore(left).close();
      writeFileSync(`${left}-wal`, 'not moved into the file yet');
      const old = tempDatabase();
      const db = openDatabase(old, { readonly: false });
      db.prepare('DELETE FROM migrations WHERE name = ?').run(MIGRATIONS.at(-1)?.name);
      db.close();
      for (const file of [left, old]) {
        chmodSync(file, 0o444);
        protect(file);
        const script = runScript('open-database.ts', [file, 'readonly'], { node: preload });
        expect(await script.line()).toMatch(/^(ReadOnly|CannotOpen)Error: .*trace\.db/);
      }
    });

    /** Readable by all, since the child may be another user, and writable by nobody until the test is over. */
    function protect(file: string): void {
      chmodSync(dirname(dirname(file)), 0o755);
      chmodSync(dirname(file), 0o555);
      onTestFinished(() => chmodSync(dirname(file), 0o700));
    }
  });

  it('opens the new file when a repair has replaced the database while it waited', async () => {
    const file = tempDatabase();
    const other = tempDatabase();
    openStore(other).close();
    const old = openDatabase(file, { readonly: false });
    // Marks the old file, which must not be read.
    old.pragma('user_version = 99');
    old.close();
    const alone = openAlone(file);
    const script = runScript('open-database.ts', [file]);
    // If it takes longer to start, it opens the new file at once.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    linkSync(file, `${file}.old`);
    renameSync(other, file);
    alone.close();
    expect(await script.line()).toBe(String(MIGRATIONS.length));
  });

  it('waits for other processes for the given time, when reading and writing', () => {
    const file = tempDatabase();
    for (const readonly of [false, true]) {
      const db = openDatabase(file, { readonly, busyTimeoutMs: 123 });
      expect(db.pragma('busy_timeout', { simple: true })).toBe(123);
      db.close();
    }
  });

  it('names the package whose native binding is missing', async () => {
    const preload = ['--require', join(import.meta.dirname, 'support', 'without-binding.cjs')];
    const script = runScript('open-database.ts', [tempDatabase()], { node: preload });
    expect(await script.line()).toMatch(
      /^MissingBindingError: SQLite cannot be loaded: better-sqlite3\S* has no binary for Node .*\.$/,
    );
  });
});
