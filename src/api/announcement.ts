import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codeOf } from '../base/error-text.js';
import { parseRecord } from '../base/json.js';

/**
 * A running server, in a file of its process beside the database. This file does not load the schema library, since `wrap`
 * needs it, too.
 */
export interface Announcement {
  pid: number;
  url: string;
  /** Path of the file with the server's token. */
  token_file: string;
  started_at: string;
  version: string;
}

const NAME = /^api-(\d+)\.json(\.tmp)?$/;

function fileOf(database: string): string {
  return join(dirname(database), `api-${process.pid}.json`);
}

/** Announces a server of this process (0600, atomically), and removes files of dead processes. */
export function announce(database: string, server: Omit<Announcement, 'pid'>): void {
  for (const { file, live } of listAnnouncements(database)) if (!live) rmSync(file, { force: true });
  const file = fileOf(database);
  const temporary = `${file}.tmp`;
  writeFileSync(temporary, `${JSON.stringify({ pid: process.pid, ...server }, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, file);
}

/** Removes the announcement of this process, if there is one. */
export function withdraw(database: string): void {
  const file = fileOf(database);
  // With `force`, rmSync ignores a missing file, but from Node 24 on not a parent that is not a folder.
  for (const each of [file, `${file}.tmp`]) if (existsSync(each)) rmSync(each, { force: true });
}

function listAnnouncements(database: string): { file: string; live: boolean }[] {
  const folder = dirname(database);
  return namesIn(folder).flatMap((name) => {
    const pid = NAME.exec(name)?.[1];
    return pid === undefined ? [] : [{ file: join(folder, name), live: isAlive(Number(pid)) }];
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return [];
    throw error;
  }
}

/** Servers announced by live processes. Unreadable files are skipped. */
export function announcedServers(database: string): Announcement[] {
  return listAnnouncements(database).flatMap(({ file, live }) => {
    const found = live && file.endsWith('.json') ? readAnnouncement(file) : null;
    return found === null ? [] : [found];
  });
}

/** Null for a file that was removed at this moment, or is not an announcement. */
function readAnnouncement(file: string): Announcement | null {
  const { pid, url, token_file, started_at, version } = parseRecord(textOf(file)) ?? {};
  if (typeof pid !== 'number' || typeof url !== 'string' || typeof token_file !== 'string') return null;
  if (typeof started_at !== 'string' || typeof version !== 'string') return null;
  return { pid, url, token_file, started_at, version };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is alive, and belongs to another user.
    return codeOf(error) === 'EPERM';
  }
}
