import { parseKey } from '../../settings/prefix-key.js';

const CTRL_Z = '\x1a';

/** How long a program may take to give its terminal back. */
const GIVING_BACK_MS = 400;

export interface Suspension {
  /** The child is about to get these keys. */
  typed(keys: Buffer | string): void;
}

/**
 * A child that suspends itself. It leads the session of its terminal, so its process group is an orphaned one, for which the
 * kernel drops SIGTSTP (POSIX.1-2017, 2.4.3): Claude Code 2.1 gives its terminal back, is not stopped, and waits for a
 * SIGCONT that nobody would send. So what it asked for is done for it: after Ctrl-Z, when it has given back what it had and
 * takes nothing of it again. Bracketed paste tells: editors and prompts have it as long as they listen.
 */
export function createSuspension(listens: () => boolean, stop: () => void): Suspension {
  return {
    typed(keys) {
      if (!isSuspendKey(keys.toString('latin1')) || !listens()) return;
      setTimeout(() => {
        if (!listens()) stop();
      }, GIVING_BACK_MS).unref();
    },
  };
}

function isSuspendKey(keys: string): boolean {
  if (keys === CTRL_Z) return true;
  const key = parseKey(keys);
  return key?.key === 'z' && key.ctrl && key.pressed;
}
