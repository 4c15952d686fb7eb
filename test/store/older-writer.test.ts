import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RequestSummary } from '../../src/model/request.js';
import { createWriteQueue, OlderWriterError, openDatabase, openReader, openStore } from '../../src/store/index.js';
import { MIGRATIONS } from '../../src/store/migrations/index.js';
import { Sqlite } from '../support/sqlite.js';
import { runScript } from './support/child.js';
import { aRequest, aRun } from './support/records.js';
import { tempDatabase } from './support/temp-database.js';

/** A database of an earlier version. */
function olderDatabase(): string {
  const file = tempDatabase();
  mkdirSync(dirname(file));
  const db = new Sqlite(file);
  db.exec(readFileSync(join(import.meta.dirname, 'migrations', 'landed-0005.sql'), 'utf8'));
  db.pragma('journal_mode = WAL');
  db.close();
  return file;
}

function versionOf(file: string): unknown {
  const db = new Sqlite(file, { readonly: true });
  const version = db.pragma('user_version', { simple: true });
  db.close();
  return version;
}

describe('a database that a running older version writes', () => {
  it('is not migrated, and both readers and writers name the process', async () => {
    const file = olderDatabase();
    const older = runScript('older-writer.ts', [file]);
    expect(await older.line()).toBe('begun');
    for (const readonly of [true, false]) {
      expect(() => openDatabase(file, { readonly })).toThrow(OlderWriterError);
      expect(() => openDatabase(file, { readonly })).toThrow(new RegExp(`pid ${older.process.pid}, `));
    }
    expect(versionOf(file)).toBe(5);
    older.process.stdin?.end();
    await older.ended();
    openReader(file).close();
    expect(versionOf(file)).toBe(MIGRATIONS.length);
  });

  it('an older version that still writes makes the write queue wait, which keeps its records and reports it once', async () => {
    const file = olderDatabase();
    const older = runScript('older-writer.ts', [file]);
    await older.line();
    const codes: string[] = [];
    const run = aRun();
    let attempts = 0;
    const open = () => {
      attempts += 1;
      if (attempts === 3) older.process.stdin?.end();
      return openStore(file, 0);
    };
    const committed: RequestSummary[] = [];
    const queue = createWriteQueue(open, {
      onProblem: ({ code }) => codes.push(code),
      onCommitted: ({ rows }) => committed.push(...rows),
    });
    queue.push({ type: 'run_begun', run });
    queue.push({ type: 'request', request: aRequest(run.id) });
    expect(await queue.drain(20_000)).toEqual({ written: 1, lost: 0 });
    expect(committed).toHaveLength(1);
    expect(codes).toEqual(['older_writer', 'recovered']);
  });

  it('is migrated when the pid belongs to a process that has not opened it', () => {
    const file = olderDatabase();
    const db = new Sqlite(file);
    db.prepare(
      "INSERT INTO runs (id, pid, started_at, command, cwd, version) VALUES ('r', ?, ?, 'claude', '/', '0.1.0')",
    ).run(process.ppid, Date.now());
    db.close();
    openReader(file).close();
    expect(versionOf(file)).toBe(MIGRATIONS.length);
  });
});
