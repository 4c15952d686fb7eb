import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve, sep } from 'node:path';
import type { Env } from '../../../base/env.js';

/** Exit codes of POSIX shells: 127 not found, 126 found but not executable. */
export type FoundCommand = { file: string } | { exitCode: 126 | 127; startError: string };

/** The file that a shell would run. A pty would report a missing command only as text on the child's screen. */
export function findCommand(command: string, env: Env, cwd: string): FoundCommand {
  const candidates = command.includes(sep)
    ? [isAbsolute(command) ? command : resolve(cwd, command)]
    : (env.PATH ?? '').split(delimiter).map((folder) => join(resolve(cwd, folder), command));
  let isRefused = false;
  for (const file of candidates) {
    if (!isFile(file)) continue;
    if (isExecutable(file)) return { file };
    isRefused = true;
  }
  return isRefused
    ? { exitCode: 126, startError: `Cannot run ${command}: it is not executable` }
    : { exitCode: 127, startError: `Command not found: ${command}` };
}

/** Like a shell, takes what cannot be looked at for absent: PATH may name closed folders, and files. */
function isFile(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
