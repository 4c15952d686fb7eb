import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/**
 * SQLite writes its log before the index of the log, and no event reports a write to the index. So there is a second
 * look.
 */
const SOON_MS = 10;
const LATER_MS = 60;

/** For folders that cannot be watched, that report nothing (network drives), or that do not exist yet. */
const POLL_MS = 5_000;

/**
 * Calls `look` soon after any process has written to a database or to the files that SQLite keeps beside it, and every
 * few seconds in any case. Most calls are not about a commit.
 * @returns ends it
 */
export function watchFile(file: string, look: () => void): () => void {
  const folder = dirname(file);
  const name = basename(file);
  let watcher: FSWatcher | null = null;
  let watched: string | null = null;
  let soon: NodeJS.Timeout | null = null;
  let later: NodeJS.Timeout | null = null;

  function lookSoon(): void {
    soon ??= setTimeout(() => {
      soon = null;
      look();
    }, SOON_MS);
    if (later !== null) clearTimeout(later);
    later = setTimeout(() => {
      later = null;
      look();
    }, LATER_MS);
  }

  /** A watcher does not notice that its folder was replaced. */
  function follow(): void {
    const current = identityOf(folder);
    if (watcher !== null && current === watched) return;
    unfollow();
    if (current === null) return;
    try {
      const fresh = watch(folder, { persistent: false }, (_, changed) => {
        if (changed === null || changed.startsWith(name)) lookSoon();
      });
      fresh.on('error', unfollow);
      watcher = fresh;
      watched = current;
    } catch {
      // No more watches, or none for this folder: polling must do.
    }
  }

  function unfollow(): void {
    watcher?.close();
    watcher = null;
  }

  follow();
  const poll = setInterval(() => {
    follow();
    look();
  }, POLL_MS);
  poll.unref();

  return () => {
    clearInterval(poll);
    if (soon !== null) clearTimeout(soon);
    if (later !== null) clearTimeout(later);
    unfollow();
  };
}

/** Identifies the file or folder behind a path; null if it does not exist or may not be read. */
export function identityOf(path: string): string | null {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat === undefined ? null : `${stat.dev}:${stat.ino}`;
  } catch {
    return null;
  }
}
