import { constants, rmSync } from 'node:fs';
import { copyFile, link, open, rename, rm } from 'node:fs/promises';
import { codeOf, describeError } from '../../base/error-text.js';
import { UserError } from '../../base/errors.js';
import { escapeUnsafe } from '../../text/text.js';
import { outputPlace } from './output-place.js';
import { whenKilled } from './when-killed.js';

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
      await new Promise<void>((resolve) => process.stdout.write(escapeUnsafe(text), () => resolve()));
      if (failure) throw new UserError(`Cannot write to stdout: ${failure.message}.`, { cause: failure });
      return !left;
    },
    async commit() {},
    async discard() {},
  };
}

/**
 * A file that only its owner can read, as the database is. It has its name once it is whole; a signal that ends the process
 * before that leaves nothing behind.
 *
 * @param replace a file of that name may go; without it none does, also none that appears meanwhile
 * @throws UsageError when something is there that must not be replaced; UserError
 */
export async function fileOutput(path: string, replace: boolean): Promise<Output> {
  const place = await outputPlace(path, replace);
  const partial = `${place}.${process.pid}.partial`;
  const attempt = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError(`Cannot write ${path}: ${describeError(error)}.`, { cause: error });
    }
  };
  const file = await attempt(() => open(partial, 'wx', 0o600));
  const release = whenKilled(() => rmSync(partial, { force: true }));
  return {
    write: (text) =>
      attempt(async () => {
        await file.writeFile(escapeUnsafe(text));
        return true;
      }),
    commit: () =>
      attempt(async () => {
        await file.sync();
        await file.close();
        if (replace) await rename(partial, place);
        else await publish(partial, path);
        release();
      }),
    async discard() {
      await file.close();
      await rm(partial, { force: true });
      release();
    },
  };
}

/** Gives a file its name, unless another file has it by now. @throws UserError in that case */
async function publish(partial: string, path: string): Promise<void> {
  try {
    await link(partial, path).catch(async (error: unknown) => {
      if (isTaken(error)) throw error;
      await copyFile(partial, path, constants.COPYFILE_EXCL); // a file system without hard links
    });
  } catch (error) {
    if (!isTaken(error)) throw error;
    throw new UserError(`${path} was created in the meantime and was not overwritten: export again, to another file.`, {
      cause: error,
    });
  }
  await rm(partial, { force: true });
}

function isTaken(error: unknown): boolean {
  return codeOf(error) === 'EEXIST';
}
