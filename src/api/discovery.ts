import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { listAnnouncements } from './announcement.js';

/** Where a running server is to be found. */
const announcement = z.object({
  pid: z.int().positive(),
  url: z.string(),
  /** Holds the token that the server asks for. */
  token_file: z.string(),
  started_at: z.string(),
  version: z.string(),
});
export type Announcement = z.infer<typeof announcement>;

/** The servers that were announced by processes that live. What cannot be read is none. */
export function announcedServers(database: string): Announcement[] {
  return listAnnouncements(database).flatMap(({ file, live }) => {
    const found = live && file.endsWith('.json') ? readAnnouncement(file) : null;
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
