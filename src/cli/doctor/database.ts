import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { codeOf } from '../../base/error-text.js';
import type { Paths } from '../../settings/paths.js';
import { openMemory, openReader, type StoreStatus, storeError } from '../../store/index.js';
import { formatBytes } from '../../text/units.js';
import { describeStoreError, REPAIR } from './advice.js';
import type { Finding } from './finding.js';

const WHAT = 'database';
/** Incidents shown; the table `incidents` of the database has all. */
const SHOWN = 5;

/** Less than this is soon full: a session of a day, and room for SQLite to work. */
const LITTLE_SPACE = 200 * 1024 ** 2;

export function checkDatabase({ dataDir, database }: Paths): Finding[] {
  const folder = checkFolder(dataDir);
  try {
    const reader = openReader(database);
    try {
      return [...folder, ...describeStatus(reader.status())];
    } finally {
      reader.close();
    }
  } catch (error) {
    const nothingYet = codeOf(error) === 'empty';
    const finding: Finding = { level: nothingYet ? 'note' : 'problem', what: WHAT, message: describeStoreError(error) };
    return [...folder, finding, ...(nothingYet ? checkBinding() : [])];
  }
}

/** Where there is no database yet, nothing has loaded better-sqlite3. */
function checkBinding(): Finding[] {
  try {
    openMemory().close();
    return [];
  } catch (error) {
    return [{ level: 'problem', what: WHAT, message: describeStoreError(storeError(error, ':memory:') ?? error) }];
  }
}

function checkFolder(dataDir: string): Finding[] {
  const folder = statSync(dataDir, { throwIfNoEntry: false });
  if (!folder) return [];
  try {
    accessSync(dataDir, constants.W_OK);
  } catch {
    const message =
      `cannot write to ${dataDir}: nothing can be captured. Make it writable for you (chmod u+w), or set ` +
      'CLAUDE_TRACE_DATA_DIR to a folder that is';
    return [{ level: 'problem', what: WHAT, message }];
  }
  if (process.platform !== 'win32' && (folder.mode & 0o077) !== 0) {
    return [{ level: 'problem', what: WHAT, message: `others can read ${dataDir}: run chmod 700 "${dataDir}"` }];
  }
  return checkSpace(dataDir);
}

function checkSpace(dataDir: string): Finding[] {
  const { bavail, bsize } = statfsSync(dataDir);
  const free = bavail * bsize;
  if (free >= LITTLE_SPACE) return [];
  const message =
    `${formatBytes(free)} are free on the disk of ${dataDir}: free some, or run \`claude-trace prune\`; ` +
    'what finds no space is not stored';
  return [{ level: 'problem', what: WHAT, message }];
}

function describeStatus(status: StoreStatus): Finding[] {
  const findings: Finding[] = [];
  if (status.integrity !== 'ok') {
    findings.push({
      level: 'problem',
      what: WHAT,
      message: `${status.file} is damaged: ${status.integrity}. ${REPAIR}`,
    });
  }
  findings.push({
    level: 'ok',
    what: WHAT,
    message:
      `${status.file}: ${status.requests} requests, ${formatBytes(status.bytes_on_disk)} on disk ` +
      `for ${formatBytes(status.bytes_captured)} captured`,
  });
  if (status.interrupted > 0) {
    findings.push({ level: 'note', what: WHAT, message: `${status.interrupted} requests were interrupted by a crash` });
  }
  for (const incident of status.incidents.slice(0, SHOWN)) {
    const times = incident.count > 1 ? `, ${incident.count} times` : '';
    findings.push({ level: 'note', what: 'incident', message: `${incident.at} ${incident.message}${times}` });
  }
  return findings;
}
