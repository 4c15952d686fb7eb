import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Announcement, listAnnouncements } from './announcement.js';

const announcement: z.ZodType<Announcement> = z.object({
  pid: z.int().positive(),
  url: z.string(),
  token_file: z.string(),
  started_at: z.string(),
  version: z.string(),
});

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
