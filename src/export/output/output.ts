import { constants, rmSync } from 'node:fs';
import { copyFile, link, lstat, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { codeOf, describeError } from '../../base/error-text.js';
import { UsageError, UserError } from '../../base/errors.js';
import { escapeUnsafe } from '../../text/text.js';

/** Where an export is written, piece by piece. */
export interface Output {
  /**
   * Resolves when it is taken; false when the reader has left (`| head`), which is not an error.
   * @param data unsafe characters of a text are escaped; bytes are written as they are
   */
  write(data: string | Uint8Array): Promise<boolean>;
  /** All is written. */
  commit(): Promise<void>;
  /** The export failed: undoes what was written, where that is possible. */
  discard(): Promise<void>;
}

/** An output that counts the bytes written to it. */
export interface MeasuredOutput extends Output {
  readonly bytes: number;
}

export function measured(output: Output): MeasuredOutput {
  let bytes = 0;
  return {
    ...output,
    get bytes() {
      return bytes;
    },
    write(data) {
      bytes += Buffer.byteLength(data);
      return output.write(data);
    },
  };
}

export function stdoutOutput(): Output {
  let left = false;
  let failure: Error | null = null;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') left = true;
    else failure = error;
  });
  return {
    async write(data) {
      if (left) return false;
      await new Promise<void>((resolve) => process.stdout.write(safe(data), () => resolve()));
      if (failure) throw new UserError(`Cannot write to stdout: ${failure.message}.`, { cause: failure });
      return !left;
    },
    async commit() {},
    async discard() {},
  };
}

/**
 * A file that only its owner can read, as the database is. It gets its name when it is complete; a signal that ends the
 * process before that leaves nothing behind.
 *
 * @param replace an existing file may be replaced; without it none is, not even one that is created in the meantime
 * @throws UsageError when something exists that must not be replaced; UserError
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
    write: (data) =>
      attempt(async () => {
        await file.writeFile(safe(data));
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

function safe(data: string | Uint8Array): string | Uint8Array {
  return typeof data === 'string' ? escapeUnsafe(data) : data;
}

/** The file that `path` names, with links followed: replacing it keeps a link to it. */
async function outputPlace(path: string, replace: boolean): Promise<string> {
  const named = await statOrNull(lstat, path);
  if (named === null) return path;
  const file = named.isSymbolicLink() ? await statOrNull(stat, path) : named;
  if (file === null) throw new UsageError(`${path} is a link to a file that does not exist: name that file instead.`);
  if (file.isDirectory()) throw new UsageError(`${path} is a folder: name a file in it.`);
  if (!file.isFile()) {
    throw new UsageError(`${path} is not a regular file: leave out --output, and redirect stdout to it with > or |.`);
  }
  if (!replace) throw new UsageError(`${path} already exists: add --force to replace it.`);
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

/** Gives a file its name, unless another file has it by now. @throws UserError in that case */
async function publish(partial: string, path: string): Promise<void> {
  try {
    await link(partial, path).catch(async (error: unknown) => {
      if (isTaken(error)) throw error;
      await copyFile(partial, path, constants.COPYFILE_EXCL); // a file system without hard links
    });
  } catch (error) {
    if (!isTaken(error)) throw error;
    throw new UserError(`${path} was created in the meantime and was not overwritten: export to another file.`, {
      cause: error,
    });
  }
  await rm(partial, { force: true });
}

function isTaken(error: unknown): boolean {
  return codeOf(error) === 'EEXIST';
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Cleans up when a signal ends the process. The first SIGINT does not: it asks the export to end early.
 *
 * @returns ends the watch
 */
function whenKilled(cleanUp: () => void): () => void {
  let isAsked = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGINT' && !isAsked) {
      isAsked = true;
      return;
    }
    cleanUp();
    release();
    process.kill(process.pid, signal); // ends the process as if it had no listener
  };
  const release = (): void => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return release;
}
