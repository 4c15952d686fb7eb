import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { describeError, UsageError, UserError } from '../errors.js';

/** Where an export goes, piece by piece. */
export interface Output {
  /** Resolves when it is taken; false when nobody reads any more, which is no error (`| head`). */
  write(text: string): Promise<boolean>;
  /** All is written. */
  commit(): Promise<void>;
  /** It came to nothing: as if nothing had been written, where that is possible. */
  discard(): Promise<void>;
}

export function stdoutOutput(): Output {
  let left = false;
  let failure: Error | null = null;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') left = true;
    else failure = error;
  });
  return {
    async write(text) {
      if (left) return false;
      await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
      if (failure) throw new UserError(`Cannot write to stdout: ${failure.message}.`, { cause: failure });
      return !left;
    },
    async commit() {},
    async discard() {},
  };
}

/**
 * A file that only its owner can read, as the database is. It has its name once it is whole.
 *
 * @throws UsageError when it is there already, unless `replace`; UserError
 */
export async function fileOutput(path: string, replace: boolean): Promise<Output> {
  if (!replace && existsSync(path)) throw new UsageError(`${path} is there already: give --force to replace it.`);
  const partial = `${path}.${process.pid}.partial`;
  const attempt = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw new UserError(`Cannot write ${path}: ${describeError(error)}.`, { cause: error });
    }
  };
  const file = await attempt(() => open(partial, 'wx', 0o600));
  return {
    write: (text) =>
      attempt(async () => {
        await file.writeFile(text);
        return true;
      }),
    commit: () =>
      attempt(async () => {
        await file.sync();
        await file.close();
        await rename(partial, path);
      }),
    async discard() {
      await file.close();
      await rm(partial, { force: true });
    },
  };
}
