import type { Database } from '../sqlite.js';

/** A file of Claude Code as it was when it was read to its end. */
export interface TranscriptFile {
  path: string;
  /** Bytes. */
  size: number;
  /** Unix ms. */
  modified: number;
}

export function isImported(db: Database, { path, size, modified }: TranscriptFile): boolean {
  const found = db.prepare('SELECT 1 FROM transcript_files WHERE path = ? AND size = ? AND modified = ?');
  return found.get(path, size, modified) !== undefined;
}

export function noteImported(db: Database, file: TranscriptFile): void {
  db.prepare(`
    INSERT INTO transcript_files (path, size, modified) VALUES (@path, @size, @modified)
    ON CONFLICT (path) DO UPDATE SET size = excluded.size, modified = excluded.modified`).run(file);
}
