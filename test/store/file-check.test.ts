import { renameSync, rmSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/store/database.js';
import { createFileCheck } from '../../src/store/file-check.js';
import { openMemory, ReplacedFileError } from '../../src/store/index.js';
import { tempDatabase } from './support/temp-database.js';

function openNew(file: string) {
  const db = openDatabase(file, { readonly: false });
  onTestFinished(() => void db.close());
  return db;
}

describe.skipIf(process.platform === 'win32')('the check of an open database file', () => {
  it('passes while the path leads to the open file', () => {
    const check = createFileCheck(openNew(tempDatabase()));
    expect(check).not.toThrow();
  });

  it('fails when the file was deleted', () => {
    const file = tempDatabase();
    const check = createFileCheck(openNew(file));
    rmSync(file);
    expect(check).toThrow(ReplacedFileError);
  });

  it('fails when another file has taken its place', () => {
    const [file, other] = [tempDatabase(), tempDatabase()];
    const check = createFileCheck(openNew(file));
    openNew(other);
    renameSync(other, file);
    expect(check).toThrow(ReplacedFileError);
  });

  it('always passes for a database in memory', () => {
    const db = openMemory();
    expect(createFileCheck(db)).not.toThrow();
    db.close();
  });
});
