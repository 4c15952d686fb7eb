import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  keepInBackup,
  lastBackup,
  readText,
  replaceFile,
  restoreBackup,
  saveBackup,
} from '../../../src/settings/claude/index.js';
import { removeFolder } from '../../support/remove-folder.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'claude-trace-settings-'));
  file = join(folder, 'settings.json');
  onTestFinished(() => removeFolder(folder));
});

describe('a settings file is replaced', () => {
  it('with its mode, through a link, and without leftovers', () => {
    writeFileSync(file, 'old');
    chmodSync(file, 0o640);
    const link = join(folder, 'link.json');
    symlinkSync('settings.json', link);
    replaceFile({ file: link, before: 'old', after: 'new' });
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder).sort()).toEqual(['link.json', 'settings.json']);
  });

  it('unless nobody may write it', () => {
    writeFileSync(file, 'old');
    chmodSync(file, 0o444);
    const replace = () => replaceFile({ file, before: 'old', after: 'new' });
    expect(replace).toThrow(expect.objectContaining({ code: 'unwritable', reason: 'read-only' }));
    expect([readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual(['old', ['settings.json']]);
  });

  it.runIf(process.getuid?.() === 0)('with its owner and group', () => {
    for (const [uid, gid] of [
      [0, 12],
      [1_234, 12],
    ] as const) {
      writeFileSync(file, 'old');
      chownSync(file, uid, gid);
      replaceFile({ file, before: 'old', after: 'new' });
      expect(statSync(file)).toMatchObject({ uid, gid });
      rmSync(file);
    }
  });

  it('in a new folder, or removed', () => {
    const inner = join(folder, '.claude', 'settings.local.json');
    expect(readText(inner)).toBeNull();
    replaceFile({ file: inner, before: null, after: 'new' });
    expect(readText(inner)).toBe('new');
    replaceFile({ file: inner, before: 'new', after: null });
    expect(readText(inner)).toBeNull();
  });

  it('unless it was changed in the meantime, is no text, or is a link to nothing', () => {
    writeFileSync(file, 'theirs');
    for (const before of ['old', null]) {
      expect(() => replaceFile({ file, before, after: 'new' })).toThrow(expect.objectContaining({ code: 'changed' }));
    }
    expect(readFileSync(file, 'utf8')).toBe('theirs');
    writeFileSync(file, Buffer.from([0x7b, 0xff, 0x7d]));
    expect(() => readText(file)).toThrow(expect.objectContaining({ code: 'not_text' }));
    expect(() => readText(folder)).toThrow(expect.objectContaining({ code: 'not_a_file' }));
    const link = join(folder, 'link.json');
    symlinkSync('nothing.json', link);
    expect(() => readText(link)).toThrow(expect.objectContaining({ code: 'unreadable' }));
  });
});

describe('a backup', () => {
  const backups = () => join(folder, 'backups');
  const write = (changes: { file: string; before: string | null; after: string }[], now: number) => {
    saveBackup(backups(), changes, now);
    for (const change of changes) replaceFile(change);
  };
  const restoreLast = () => {
    const backup = lastBackup(backups());
    return backup === null ? null : restoreBackup(backup);
  };

  it('restores what was there, one change after another, and is for its owner only', () => {
    const made = join(folder, 'new.json');
    writeFileSync(file, 'one');
    write([{ file, before: 'one', after: 'two' }], 1_000);
    write(
      [
        { file, before: 'two', after: 'three' },
        { file: made, before: null, after: 'three' },
      ],
      2_000,
    );
    const copy = lastBackup(backups())?.files[0]?.copy ?? '';
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(statSync(backups()).mode & 0o777).toBe(0o700);
    expect(restoreLast()).toMatchObject({ restored: [{ file }, { file: made }] });
    expect([readText(file), readText(made)]).toEqual(['two', null]);
    expect(restoreLast()).toMatchObject({ restored: [{ file }] });
    expect(readText(file)).toBe('one');
    expect(restoreLast()).toBeNull();
  });

  it('restores nothing where one of its files was changed since', () => {
    const other = join(folder, 'other.json');
    write(
      [
        { file, before: null, after: 'ours' },
        { file: other, before: null, after: 'ours' },
      ],
      1_000,
    );
    writeFileSync(other, 'theirs');
    expect(restoreLast()).toMatchObject({ changed: [{ file: other, copy: null }] });
    expect([readText(file), readText(other)]).toEqual(['ours', 'theirs']);
    expect(lastBackup(backups())).not.toBeNull();
  });

  it('that was not completed, or whose list is damaged, is passed over', () => {
    writeFileSync(file, 'one');
    write([{ file, before: 'one', after: 'two' }], 1_000);
    for (const name of ['2026-01-01T00-00-00.000Z', '2026-01-02T00-00-00.000Z']) mkdirSync(join(backups(), name));
    writeFileSync(join(backups(), '2026-01-02T00-00-00.000Z', 'files.json'), '[{');
    expect(restoreLast()).toMatchObject({ restored: [{ file }] });
    expect([readText(file), restoreLast()]).toEqual(['one', null]);
  });

  it('whose copy is gone removes no file', () => {
    writeFileSync(file, 'one');
    write([{ file, before: 'one', after: 'two' }], 1_000);
    rmSync(lastBackup(backups())?.files[0]?.copy ?? '');
    expect(restoreLast).toThrow(expect.objectContaining({ code: 'unreadable', reason: 'ENOENT' }));
    expect(readText(file)).toBe('two');
  });

  it('is not about files that were not changed in the end', () => {
    const other = join(folder, 'other.json');
    const changes = [file, other].map((each) => ({ file: each, before: null, after: 'ours' }));
    const backup = saveBackup(backups(), changes, 1_000);
    writeFileSync(file, 'ours');
    writeFileSync(other, 'theirs');
    keepInBackup(backup, [file]);
    expect(restoreLast()).toMatchObject({ restored: [{ file }] });
    expect([readText(file), readText(other)]).toEqual([null, 'theirs']);
    keepInBackup(saveBackup(backups(), changes, 2_000), []);
    expect(lastBackup(backups())).toBeNull();
  });

  it('leaves alone what was restored by hand, and keeps only the last five', () => {
    for (let index = 0; index < 7; index += 1) {
      write([{ file, before: readText(file), after: `text ${index}` }], index * 1_000);
    }
    expect(readdirSync(backups())).toHaveLength(5);
    writeFileSync(file, 'text 5');
    expect(restoreLast()).toEqual({ restored: [] });
    expect(restoreLast()).toMatchObject({ restored: [{ file }] });
    expect(readText(file)).toBe('text 4');
  });
});
