import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { ATTRIBUTION_VERSION } from '../../attribution/index.js';
import { codeOf } from '../../base/error-text.js';
import type { Paths } from '../../settings/paths.js';
import { openMemory, type Reader, readDatabase, type StoreStatus, storeError } from '../../store/index.js';
import { counted, formatBytes, formatPercent, formatTime, formatTokens } from '../../text/units.js';
import { describeStoreError, howToRepair } from './advice.js';
import { type Finding, note, ok, problem } from './finding.js';

const WHAT = 'database';
/** The table `incidents` of the database has all. */
const MAX_INCIDENTS = 5;

/** Room for the requests of a day, and for SQLite to work. */
const MIN_FREE_BYTES = 200 * 1024 ** 2;

export function checkDatabase({ dataDir, database }: Pick<Paths, 'dataDir' | 'database'>): Finding[] {
  const folder = checkFolder(dataDir);
  try {
    return [...folder, ...readDatabase(database, (reader) => describeStatus(reader.status()))];
  } catch (error) {
    const message = describeStoreError(error);
    if (codeOf(error) !== 'empty') return [...folder, problem(WHAT, message)];
    return [...folder, note(WHAT, message), ...checkSqlite()];
  }
}

/** Loads better-sqlite3, which the checks of an existing database do anyway. */
function checkSqlite(): Finding[] {
  try {
    openMemory().close();
    return [];
  } catch (error) {
    return [problem(WHAT, describeStoreError(storeError(error, ':memory:') ?? error))];
  }
}

function checkFolder(dataDir: string): Finding[] {
  const folder = statSync(dataDir, { throwIfNoEntry: false });
  if (!folder) return [];
  try {
    accessSync(dataDir, constants.W_OK);
  } catch {
    const advice = 'Make it writable (chmod u+w), or set CLAUDE_TRACE_DATA_DIR to a writable folder';
    return [problem(WHAT, `cannot write to ${dataDir}, so nothing can be captured. ${advice}`)];
  }
  if (process.platform !== 'win32' && (folder.mode & 0o077) !== 0) {
    return [problem(WHAT, `other users can read ${dataDir}: run chmod 700 "${dataDir}"`)];
  }
  const { bavail, bsize } = statfsSync(dataDir);
  const free = bavail * bsize;
  if (free >= MIN_FREE_BYTES) return [];
  const advice = 'free some space, or run `claude-trace prune`. Requests are not stored when the disk is full';
  return [problem(WHAT, `only ${formatBytes(free)} are free on the disk of ${dataDir}: ${advice}`)];
}

function describeStatus(status: StoreStatus): Finding[] {
  const { file, integrity, requests, interrupted, incidents } = status;
  const size = `${formatBytes(status.bytesOnDisk)} on disk for ${formatBytes(status.bytesCaptured)} captured`;
  return [
    ...(integrity === 'ok' ? [] : [problem(WHAT, `${file} is damaged: ${integrity}. ${howToRepair(file)}`)]),
    ok(WHAT, `${file}: ${requests} requests, ${size}`),
    ...(interrupted > 0 ? [note(WHAT, `${interrupted} requests were interrupted by a crash`)] : []),
    ...incidents.slice(0, MAX_INCIDENTS).map(({ at, message, count }) => {
      const when = formatTime(at, new Date());
      return note('incident', `${when} ${message}${count > 1 ? ` (${count} times)` : ''}`);
    }),
  ];
}

/** Requests whose attribution is checked: the newest. */
const MAX_REQUESTS = 1_000;
/** A larger share probably means that a new version of Claude Code sends a new kind of text. */
export const NOTABLE_SHARE = 0.01;

/** How much of the newest requests no rule recognizes. Empty without attributed requests. */
export function checkAttribution(paths: Pick<Paths, 'database'>): Finding[] {
  return findingsOf(paths, (reader) => {
    const { requests, tokens, total, share } = reader.unmatched(ATTRIBUTION_VERSION, MAX_REQUESTS);
    if (total === 0) return [];
    const figures = `${formatTokens(tokens)} of ${formatTokens(total)} tokens (${formatPercent(share)})`;
    const message = `no rule recognizes ${figures} of the newest ${counted(requests, 'request')}`;
    if (share < NOTABLE_SHARE) return [ok('attribution', message)];
    const advice = '`claude-trace show <id> --segments --source framework:reminder` shows the text';
    return [note('attribution', `${message}; ${advice}`)];
  });
}

/** Findings about the data. Empty if the database cannot be read: `checkDatabase` reports what is wrong with it. */
export function findingsOf({ database }: Pick<Paths, 'database'>, find: (reader: Reader) => Finding[]): Finding[] {
  try {
    return readDatabase(database, find);
  } catch {
    return [];
  }
}
