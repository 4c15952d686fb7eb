import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codeOf } from '../base/error-text.js';

/** Where a server says that it is: one file a process, beside the database. Without the schema library: `wrap` cleans up here. */

/** Where a running server is to be found. */
export interface Announcement {
  pid: number;
  url: string;
  /** Holds the token that the server asks for. */
  token_file: string;
  started_at: string;
  version: string;
}

const NAME = /^api-(\d+)\.json(\.tmp)?$/;

function fileOf(database: string): string {
  return join(dirname(database), `api-${process.pid}.json`);
}

/** Announces a server of this process (0600, in one step), and takes away what dead processes have left. */
export function announce(database: string, server: Omit<Announcement, 'pid'>): void {
  for (const { file, live } of listAnnouncements(database)) if (!live) rmSync(file, { force: true });
  const file = fileOf(database);
  const temporary = `${file}.tmp`;
  writeFileSync(temporary, `${JSON.stringify({ pid: process.pid, ...server }, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, file);
}

/** Takes back what this process has announced, if it has. */
export function withdraw(database: string): void {
  const file = fileOf(database);
  // rmSync forgives a missing file, but from Node 24 on not a parent that is no folder.
  for (const each of [file, `${file}.tmp`]) if (existsSync(each)) rmSync(each, { force: true });
}

export function listAnnouncements(database: string): { file: string; live: boolean }[] {
  const folder = dirname(database);
  return namesIn(folder).flatMap((name) => {
    const pid = NAME.exec(name)?.[1];
    return pid === undefined ? [] : [{ file: join(folder, name), live: isAlive(Number(pid)) }];
  });
}

/** None where there is no folder. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return [];
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to someone else.
    return codeOf(error) === 'EPERM';
  }
}
