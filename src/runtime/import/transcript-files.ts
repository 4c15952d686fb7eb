import type { Dirent } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf } from '../../base/error-text.js';
import type { TranscriptFile } from '../../store/index.js';

/** Enough to contain the session's id, even after the task in the first line of a subagent's file. */
const BEGINNING_BYTES = 64 * 1024;

interface Found extends TranscriptFile {
  /** The session whose conversation must be read before this file: that of its main agent. */
  session: string;
  isAgent: boolean;
}

type OnUnreadable = (folder: string, error: unknown) => void;

/**
 * The transcripts at a path, a file or a folder with all below it. Sessions come in the order in which they were last used: a
 * resumed session repeats lines of an earlier one. The files of subagents follow that of their session, which has their tasks.
 * Links are not followed. Files that Claude Code removes in the meantime are left out.
 *
 * @param onUnreadable called for each folder below the path that cannot be read
 * @throws the error of Node where the path cannot be read
 */
export async function findTranscripts(path: string, onUnreadable: OnUnreadable = () => {}): Promise<TranscriptFile[]> {
  const given = await stat(path);
  if (given.isFile()) return [{ path, size: given.size, modified: given.mtimeMs }];
  await readdir(path);
  const found: Found[] = [];
  for await (const file of walk(path, onUnreadable)) {
    const stats = await stat(file).catch(() => null);
    if (stats === null) continue;
    const { size, mtimeMs: modified } = stats;
    const isAgent = basename(file).startsWith('agent-');
    found.push({ path: file, size, modified, isAgent, session: isAgent ? await sessionOf(file) : sessionNamed(file) });
  }
  const lastUsed = new Map<string, number>();
  for (const { session, modified } of found) lastUsed.set(session, Math.max(modified, lastUsed.get(session) ?? 0));
  return found
    .sort(
      (a, b) =>
        (lastUsed.get(a.session) ?? 0) - (lastUsed.get(b.session) ?? 0) ||
        a.session.localeCompare(b.session) ||
        Number(a.isAgent) - Number(b.isAgent) ||
        a.path.localeCompare(b.path),
    )
    .map(({ path: file, size, modified }) => ({ path: file, size, modified }));
}

async function* walk(folder: string, onUnreadable: OnUnreadable): AsyncGenerator<string> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') onUnreadable(folder, error);
    return;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path, onUnreadable);
    else if (entry.isFile() && entry.name.endsWith('.jsonl')) yield path;
  }
}

function sessionNamed(file: string): string {
  return basename(file, '.jsonl');
}

/** Newer versions have a folder for each session; 2.0.30 keeps the files of agents beside those of all sessions. */
async function sessionOf(file: string): Promise<string> {
  const folder = dirname(file);
  if (basename(folder) === 'subagents') return basename(dirname(folder));
  // The error is reported when the file is read.
  const handle = await open(file).catch(() => null);
  if (handle === null) return sessionNamed(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(BEGINNING_BYTES), 0, BEGINNING_BYTES, 0);
    const beginning = buffer.toString('utf8', 0, bytesRead);
    return /"sessionId":"([^"]{1,200})"/.exec(beginning)?.[1] ?? sessionNamed(file);
  } finally {
    await handle.close();
  }
}
