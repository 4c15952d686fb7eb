import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** Where a running server is to be found: one file a process, beside the database. */
const announcement = z.object({
  pid: z.int().positive(),
  url: z.string(),
  /** Holds the token that the server asks for. */
  token_file: z.string(),
  started_at: z.string(),
  version: z.string(),
});
export type Announcement = z.infer<typeof announcement>;

const NAME = /^api-(\d+)\.json$/;

/**
 * Announces a server of this process (0600, in one step), and takes away what dead processes have left.
 *
 * @returns takes the announcement back
 */
export function announce(database: string, server: Omit<Announcement, 'pid'>): () => void {
  const folder = dirname(database);
  for (const { file, live } of listFiles(folder)) if (!live) rmSync(file, { force: true });
  const file = join(folder, `api-${process.pid}.json`);
  const temporary = `${file}.tmp`;
  writeFileSync(temporary, `${JSON.stringify({ pid: process.pid, ...server }, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, file);
  return () => rmSync(file, { force: true });
}

/** The servers that were announced by processes that live. What cannot be read is none. */
export function announcedServers(database: string): Announcement[] {
  return listFiles(dirname(database)).flatMap(({ file, live }) => {
    const found = live ? readAnnouncement(file) : null;
    return found === null ? [] : [found];
  });
}

function readAnnouncement(file: string): Announcement | null {
  try {
    return announcement.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Taken back at this moment, or not ours.
    return null;
  }
}

function listFiles(folder: string): { file: string; live: boolean }[] {
  return namesIn(folder).flatMap((name) => {
    const pid = NAME.exec(name)?.[1];
    return pid === undefined ? [] : [{ file: join(folder, name), live: isAlive(Number(pid)) }];
  });
}

/** None where there is no folder yet. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to someone else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
