import { lstat, realpath, stat } from 'node:fs/promises';
import { codeOf, describeError } from '../../base/error-text.js';
import { UsageError, UserError } from '../../base/errors.js';

/**
 * The file that `path` names, links followed: what takes its place leaves a link to it as it is.
 *
 * @param replace a file that is there may go
 * @throws UsageError when something is there that must not be replaced; UserError
 */
export async function outputPlace(path: string, replace: boolean): Promise<string> {
  const named = await statOrNull(lstat, path);
  if (named === null) return path;
  const file = named.isSymbolicLink() ? await statOrNull(stat, path) : named;
  if (file === null) throw new UsageError(`${path} is a link to a file that is not there: name that file instead.`);
  if (file.isDirectory()) throw new UsageError(`${path} is a folder: name a file in it.`);
  if (!file.isFile()) {
    throw new UsageError(`${path} is not a regular file: leave --output out, and send stdout there with > or |.`);
  }
  if (!replace) throw new UsageError(`${path} is there already: give --force to replace it.`);
  return realpath(path);
}

async function statOrNull(look: typeof lstat | typeof stat, path: string) {
  try {
    return await look(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw new UserError(`Cannot write ${path}: ${describeError(error)}.`, { cause: error });
  }
}
