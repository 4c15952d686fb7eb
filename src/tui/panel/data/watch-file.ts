import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** SQLite writes its log first, and only then, where no event tells of it, that the log is longer. */
const SOON_MS = 10;
const LATER_MS = 60;

/**
 * Where folders cannot be watched, or tell nothing (those of another machine), or are not there yet, a look now and then has
 * to do.
 */
const ANYHOW_MS = 5_000;

/**
 * Calls back soon after anybody has written to a database: to the file, or to what SQLite keeps beside it. Comes more often
 * than anything was committed, and every few seconds in any case.
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
    // The last of many events may come too early, too.
    if (later !== null) clearTimeout(later);
    later = setTimeout(() => {
      later = null;
      look();
    }, LATER_MS);
  }

  /** A folder that was made anew is another one, of which the watcher tells nothing. */
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
      // No more watches, or none here: looking now and then is left.
    }
  }

  function unfollow(): void {
    watcher?.close();
    watcher = null;
  }

  follow();
  const anyhow = setInterval(() => {
    follow();
    look();
  }, ANYHOW_MS);
  anyhow.unref();

  return () => {
    clearInterval(anyhow);
    if (soon !== null) clearTimeout(soon);
    if (later !== null) clearTimeout(later);
    unfollow();
  };
}

/** Which file or folder stands under a name; null for none, or none that we may see. */
export function identityOf(path: string): string | null {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat === undefined ? null : `${stat.dev}:${stat.ino}`;
  } catch {
    return null;
  }
}
