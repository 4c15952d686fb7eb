import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseJson, recordsOf, stringOf } from '../../base/json.js';
import { type FileChange, readText, replaceFile, SettingsFileError } from './replace-file.js';

/** Older ones are removed: they hold whole settings, which may have secrets. */
const KEPT = 5;
/** Written last: without it the backup is incomplete, and no file was changed yet. */
const LIST = 'files.json';

/** Settings files as they were before one change. */
export interface Backup {
  /** Its folder. */
  folder: string;
  files: readonly SavedFile[];
}

export interface SavedFile {
  file: string;
  /** Path of the copy; null where the file did not exist. */
  copy: string | null;
  /** SHA-256 of the text that was written. */
  written: string;
}

/**
 * Keeps copies of files that are about to change, for their owner only (0600).
 * @param folder of all backups
 * @param now Unix ms
 */
export function saveBackup(folder: string, changes: readonly FileChange[], now: number): Backup {
  const own = join(folder, new Date(now).toISOString().replaceAll(':', '-'));
  mkdirSync(own, { recursive: true, mode: 0o700 });
  const files = changes.map(({ file, before, after }, index): SavedFile => {
    const copy = before === null ? null : join(own, `${index + 1}-${basename(file)}`);
    if (copy !== null && before !== null) writeFileSync(copy, before, { mode: 0o600, flush: true });
    return { file, copy, written: digest(after ?? '') };
  });
  writeList(own, files);
  for (const old of backupNames(folder).slice(0, -KEPT)) rmSync(join(folder, old), { recursive: true, force: true });
  return { folder: own, files };
}

function writeList(own: string, files: readonly SavedFile[]): void {
  const temporary = join(own, `${LIST}.tmp`);
  writeFileSync(temporary, `${JSON.stringify(files, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(temporary, join(own, LIST));
}

/** Removes from a backup the files that were not changed after all. A backup without files is removed. */
export function keepInBackup({ folder, files }: Backup, changed: readonly string[]): void {
  const kept = files.filter(({ file }) => changed.includes(file));
  if (kept.length === 0) rmSync(folder, { recursive: true, force: true });
  else if (kept.length < files.length) writeList(folder, kept);
}

/** The newest backup; null without one. */
export function lastBackup(folder: string): Backup | null {
  for (const name of backupNames(folder).reverse()) {
    const files = readList(join(folder, name));
    if (files.length > 0) return { folder: join(folder, name), files };
  }
  return null;
}

/** Empty where the list is missing or damaged. */
function readList(own: string): SavedFile[] {
  let text: string;
  try {
    text = readFileSync(join(own, LIST), 'utf8');
  } catch {
    return [];
  }
  return recordsOf(parseJson(text)).flatMap(({ file, copy, written }): SavedFile[] =>
    typeof file === 'string' && typeof written === 'string' ? [{ file, copy: stringOf(copy), written }] : [],
  );
}

/** The restored files; or the files that were changed since, and then nothing was restored. */
export type Restored = { restored: readonly SavedFile[] } | { changed: readonly SavedFile[] };

/**
 * Restores the files of a backup, and removes the backup. If one of them was changed since, none is restored: the change would
 * be lost.
 * @throws SettingsFileError
 */
export function restoreBackup({ folder, files }: Backup): Restored {
  const planned = files.map((saved) => {
    const old = saved.copy === null ? null : readCopy(saved.copy);
    return { saved, change: { file: saved.file, before: readText(saved.file), after: old } };
  });
  const pending = planned.filter(({ change }) => change.before !== change.after);
  const changed = pending.filter(({ saved, change }) => digest(change.before ?? '') !== saved.written);
  if (changed.length > 0) return { changed: changed.map(({ saved }) => saved) };
  for (const { change } of pending) replaceFile(change);
  rmSync(folder, { recursive: true, force: true });
  return { restored: pending.map(({ saved }) => saved) };
}

/** A missing copy does not mean that there was no file. */
function readCopy(copy: string): string {
  const text = readText(copy);
  if (text === null) throw new SettingsFileError('unreadable', copy, 'ENOENT');
  return text;
}

function backupNames(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
