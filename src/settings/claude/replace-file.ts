import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../../base/error-text.js';

/** A settings file that cannot be read or replaced. */
export class SettingsFileError extends Error {
  override readonly name = 'SettingsFileError';

  /**
   * @param code `changed`: another program wrote it after it was read
   * @param reason code of the system's error, or `read-only`; null without one
   */
  constructor(
    readonly code: 'unreadable' | 'not_a_file' | 'not_text' | 'changed' | 'unwritable',
    readonly file: string,
    readonly reason: string | null = null,
  ) {
    super(`${code}: ${file}`);
  }
}

/** A file before and after a change; null: it does not exist. */
export interface FileChange {
  file: string;
  before: string | null;
  after: string | null;
}

/** The text of a file, through symbolic links; null where it does not exist. @throws SettingsFileError */
export function readText(file: string): string | null {
  try {
    if (!statSync(file).isFile()) throw new SettingsFileError('not_a_file', file);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
  } catch (error) {
    if (error instanceof SettingsFileError) throw error;
    if (error instanceof TypeError) throw new SettingsFileError('not_text', file);
    // A link to nothing is not followed: where it points to may be a disk that is not mounted.
    if (codeOf(error) === 'ENOENT' && !isLink(file)) return null;
    throw new SettingsFileError('unreadable', file, codeOf(error));
  }
}

function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/**
 * Replaces a file in one step, if its text is still the one before. A symbolic link stays, and its target is replaced; mode,
 * owner and group stay. A file that nobody may write is not replaced.
 * @throws SettingsFileError
 */
export function replaceFile({ file, before, after }: FileChange): void {
  if (readText(file) !== before) throw new SettingsFileError('changed', file);
  try {
    if (after === null) rmSync(file, { force: true });
    else write(file, before === null ? null : statSync(file), after, () => readText(file) === before);
  } catch (error) {
    throw error instanceof SettingsFileError ? error : new SettingsFileError('unwritable', file, codeOf(error));
  }
}

function write(file: string, old: Stats | null, text: string, isUnchanged: () => boolean): void {
  if (old !== null && (old.mode & 0o222) === 0) throw new SettingsFileError('unwritable', file, 'read-only');
  if (old === null) mkdirSync(dirname(file), { recursive: true });
  const target = old === null ? file : realpathSync(file);
  const temporary = `${target}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const descriptor = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(descriptor, text);
      const { uid, gid } = fstatSync(descriptor);
      if (old !== null && (old.uid !== uid || old.gid !== gid)) fchownSync(descriptor, old.uid, old.gid);
      fchmodSync(descriptor, old === null ? 0o666 & ~process.umask() : old.mode & 0o7777);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (!isUnchanged()) throw new SettingsFileError('changed', file);
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { force: true });
  }
}
