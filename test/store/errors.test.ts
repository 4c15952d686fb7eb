import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  CannotOpenError,
  CorruptError,
  FullError,
  LockedError,
  MissingBindingError,
  ReadOnlyError,
  StorageIoError,
  storeError,
} from '../../src/store/index.js';

const withCode = (code: string) => Object.assign(new Error('words of the system.'), { code });

describe('storeError', () => {
  it.each([
    ['SQLITE_BUSY_SNAPSHOT', LockedError, true],
    ['SQLITE_LOCKED', LockedError, true],
    ['SQLITE_FULL', FullError, true],
    ['ENOSPC', FullError, true],
    ['SQLITE_READONLY_DBMOVED', ReadOnlyError, true],
    ['EROFS', ReadOnlyError, true],
    ['SQLITE_IOERR_WRITE', StorageIoError, true],
    ['SQLITE_CANTOPEN', CannotOpenError, true],
    ['EACCES', CannotOpenError, true],
    ['SQLITE_CORRUPT_VTAB', CorruptError, false],
    ['SQLITE_NOTADB', CorruptError, false],
    ['ERR_DLOPEN_FAILED', MissingBindingError, false],
  ])('makes %s a %o', (code, type, transient) => {
    const cause = withCode(code);
    const error = storeError(cause, '/data/trace.db');
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ transient, cause });
    expect(error?.message).toMatch(type === MissingBindingError ? /^SQLite cannot be loaded: / : /\/data\/trace\.db/);
  });

  it.each(['SQLITE_CONSTRAINT_FOREIGNKEY', 'SQLITE_ERROR', ''])('returns null for %j', (code) => {
    expect(storeError(withCode(code), '/data/trace.db')).toBeNull();
  });

  it('returns its own errors unchanged', () => {
    const own = new FullError('/data/trace.db', null);
    expect(storeError(own, '/other')).toBe(own);
  });
});

it.skipIf(process.platform === 'win32' || process.geteuid?.() === 0)(
  'a folder that cannot be written is named, where SQLite only cannot open the file',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'claude-trace-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'trace.db');
    expect(storeError(withCode('SQLITE_CANTOPEN'), file)?.message).toContain('words of the system');
    chmodSync(folder, 0o500);
    expect(storeError(withCode('SQLITE_CANTOPEN'), file)?.message).toBe(
      `Cannot open the database ${file}: the folder ${folder} cannot be written to (EACCES).`,
    );
  },
);
