import { parseKey } from '../../../settings/prefix-key.js';

const CTRL_Z = '\x1a';

/** How long a program may take to reset its terminal. */
const RESET_MS = 400;

export interface Suspension {
  /** The child is about to get these keys. */
  typed(keys: Buffer | string): void;
}

/**
 * Stops a child that wants to suspend itself. It leads the session of its terminal, so its process group is orphaned,
 * and the kernel drops SIGTSTP for it (POSIX.1-2017, 2.4.3): Claude Code 2.1 resets its terminal, is not stopped, and
 * waits for a SIGCONT that never comes. So we stop it after Ctrl-Z once it has reset its terminal. Editors and prompts
 * have bracketed paste on as long as they read keys, so that mode tells.
 * @param listens whether bracketed paste is on
 */
export function createSuspension(listens: () => boolean, stop: () => void): Suspension {
  return {
    typed(keys) {
      if (!isSuspendKey(keys.toString('latin1')) || !listens()) return;
      const timer = setTimeout(() => {
        process.off('SIGCONT', forget);
        if (!listens()) stop();
      }, RESET_MS).unref();
      // Claude Code 2.0.30 stops itself, and we follow it. After `fg`, before it reads keys again, it must not be stopped once more.
      const forget = () => clearTimeout(timer);
      process.once('SIGCONT', forget);
    },
  };
}

function isSuspendKey(keys: string): boolean {
  if (keys === CTRL_Z) return true;
  const key = parseKey(keys);
  return key?.key === 'z' && key.ctrl && key.pressed;
}
