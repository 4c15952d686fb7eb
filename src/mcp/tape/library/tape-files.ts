import { readdir, stat, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { codeOf, describeError } from '../../../base/error-text.js';
import { UserError } from '../../../base/errors.js';
import type { TapeHead, TapeSummary, UnreadableTape } from '../../../model/tape.js';
import { UnreadableTapeError } from '../lines.js';
import { readTape } from '../read-tape.js';
import { isTapeName, nameOfTape } from './names.js';
import { summarize } from './summary.js';

/** The tapes of a folder: the newest first. Files with other names are not looked at. */
export interface Library {
  tapes: TapeSummary[];
  /** Named like tapes. */
  unreadable: UnreadableTape[];
}

export async function readLibrary(folder: string): Promise<Library> {
  const library: Library = { tapes: [], unreadable: [] };
  for (const file of await tapeFiles(folder)) {
    const found = await unlessGone(() => summarize(file));
    if (found === null) continue;
    if (found instanceof UserError) library.unreadable.push({ file, problem: found.message });
    else library.tapes.push(found);
  }
  library.tapes.sort(newestFirst);
  return library;
}

/** By the time of recording; of copies, the later one first. */
function newestFirst(a: Pick<TapeSummary, 'id' | 'createdAt'>, b: Pick<TapeSummary, 'id' | 'createdAt'>): number {
  return b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1);
}

/** The heads of all tapes that can be read, with their files. */
export async function readHeads(folder: string): Promise<{ file: string; head: TapeHead }[]> {
  const heads: { file: string; head: TapeHead }[] = [];
  for (const file of await tapeFiles(folder)) {
    const tape = await unlessGone(() => readTape(file));
    if (tape !== null && !(tape instanceof UserError)) heads.push({ file, head: tape.head });
  }
  return heads;
}

/** Null for a file that another process has removed in the meantime. */
async function unlessGone<Result>(read: () => Promise<Result>): Promise<Result | UserError | null> {
  try {
    return await read();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** A missing folder is an empty library. */
async function tapeFiles(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter(isTapeName).map((name) => join(folder, name));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw new UnreadableTapeError(folder, error);
  }
}

type TapeNotFoundCode = 'not_found' | 'ambiguous';

/** A name that no tape has, or several. */
export class TapeNotFoundError extends UserError {
  readonly code: TapeNotFoundCode;

  constructor(code: TapeNotFoundCode, message: string) {
    super(message);
    this.code = code;
  }
}

const MAX_NAMED = 3;

/**
 * The file of a tape.
 * @param given an id or the name of a file in the folder, or the beginning of one; `last` for the newest; or the path of a file
 * @throws TapeNotFoundError
 */
export async function findTape(folder: string, given: string): Promise<string> {
  if (/[/\\]|\.jsonl(?:\.gz)?$/.test(given) && (await isFile(given))) return given;
  const [named, ...sameName] = (await tapeFiles(folder)).filter((file) => namesOf(file).includes(given));
  if (named !== undefined && sameName.length === 0) return named;
  const tapes = await readHeads(folder);
  if (given === 'last') {
    const [newest] = tapes
      .map(({ file, head: { id, created_at } }) => ({ file, id, createdAt: new Date(created_at) }))
      .sort(newestFirst);
    if (newest === undefined) throw new TapeNotFoundError('not_found', 'There is no tape yet.');
    return newest.file;
  }
  const whole = tapes.find(({ head }) => head.id === given);
  if (whole !== undefined) return whole.file;
  const beginning = given.startsWith('tape_') ? given : `tape_${given}`;
  const matches =
    given === '' || given === 'tape_'
      ? []
      : tapes.filter(({ file, head }) => head.id.startsWith(beginning) || basename(file).startsWith(given));
  const [match, ...others] = matches;
  if (match === undefined) throw new TapeNotFoundError('not_found', `There is no tape ${JSON.stringify(given)}.`);
  if (others.length === 0) return match.file;
  const ids = matches.slice(0, MAX_NAMED).map(({ file }) => nameOfTape(basename(file)));
  throw new TapeNotFoundError(
    'ambiguous',
    `${matches.length} tapes begin with ${JSON.stringify(given)}: ${ids.join(', ')}${matches.length > MAX_NAMED ? ', …' : ''}.`,
  );
}

function namesOf(file: string): string[] {
  const name = basename(file);
  return [name, nameOfTape(name)];
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** @returns false if it was already gone */
export async function deleteTape(file: string): Promise<boolean> {
  try {
    await unlink(file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw new UserError(`${file} cannot be deleted: ${describeError(error)}.`, { cause: error });
  }
}

const DAY_MS = 86_400_000;

/** Files that writers left behind when they were killed, a day ago or longer. */
export async function removeLeftovers(folder: string, now: number): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => /\.tape\.jsonl(?:\.gz)?\.\d+\.[0-9a-z]{26}\.partial$/.test(each))) {
    const file = join(folder, name);
    const modified = await stat(file).then(
      ({ mtimeMs }) => mtimeMs,
      () => now,
    );
    if (now - modified > DAY_MS) await deleteTape(file);
  }
}
