import { homedir } from 'node:os';
import type { Env } from './env.js';
import { UserError } from './errors.js';

/** @returns null where no variable names it, and the system does not know the user, as in some containers */
export function findHome(env: Env): string | null {
  try {
    return env.HOME || env.USERPROFILE || homedir();
  } catch {
    return null;
  }
}

/** @throws UserError where it is not known */
export function homeOf(env: Env): string {
  const home = findHome(env);
  if (home === null) throw new UserError('Your home folder is not known. Set HOME to a folder that you can write to.');
  return home;
}
