import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { AuditConfig } from '../config/schema.js';

/** Readable by their owner alone. */
const MODE = 0o600;

/** A file that lines are appended to. When it is too large or too old it gets another name, and the oldest of those are removed. */
export class RotatingFile {
  readonly #config: AuditConfig;
  #handle: FileHandle | null = null;
  #size = 0;
  #startedAt = 0;
  /** A line may have been written in part. */
  #isCut = false;

  constructor(config: AuditConfig) {
    this.#config = config;
  }

  /** Bytes until the file is full. */
  get room(): number {
    return this.#config.max_size - this.#size;
  }

  /** @param lines with line ends @throws the system's error */
  async append(lines: string): Promise<void> {
    const handle = await this.#ready();
    const bytes = Buffer.from(this.#isCut ? `\n${lines}` : lines);
    this.#isCut = true;
    await handle.appendFile(bytes);
    this.#isCut = false;
    this.#size += bytes.length;
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    // Pipes and devices cannot be synced.
    await handle?.sync().catch(() => {});
    await handle?.close();
  }

  async #ready(): Promise<FileHandle> {
    if (this.#handle === null) return this.#open();
    const isOld = Date.now() - this.#startedAt > this.#config.max_age;
    if (this.#size === 0 || (this.room > 0 && !isOld)) return this.#handle;
    await this.close();
    await this.#rotate();
    return this.#open();
  }

  async #open(): Promise<FileHandle> {
    await mkdir(dirname(this.#config.file), { recursive: true, mode: 0o700 });
    const handle = await open(this.#config.file, 'a', MODE);
    const found = await handle.stat();
    // The file may have been made by another program.
    if (found.isFile() && (found.mode & 0o077) !== 0) await handle.chmod(MODE);
    this.#size = found.size;
    this.#startedAt = found.size === 0 ? Date.now() : found.birthtimeMs || found.ctimeMs;
    this.#handle = handle;
    const isFull = found.size > 0 && (this.room <= 0 || Date.now() - this.#startedAt > this.#config.max_age);
    return isFull ? this.#ready() : handle;
  }

  async #rotate(): Promise<void> {
    const { file, keep } = this.#config;
    await rename(file, await nextName(file));
    const old = await rotatedFiles(file);
    for (const each of old.slice(0, Math.max(0, old.length - keep))) await rm(each, { force: true });
  }
}

/** The earlier files of a log, the oldest first. */
export async function rotatedFiles(file: string): Promise<string[]> {
  return (await endingsIn(file)).map((ending) => nameWith(file, ending));
}

/** What the names of the earlier files have behind that of the log, the oldest first: their times, and a number from the second of a millisecond on. */
async function endingsIn(file: string): Promise<string[]> {
  const [stem, extension] = partsOf(file);
  const names = await readdir(dirname(file));
  const endings = names.flatMap((name) => {
    const isOne = name.startsWith(`${stem}-`) && name.endsWith(extension);
    return isOne ? [name.slice(stem.length + 1, name.length - extension.length)] : [];
  });
  return endings.filter((ending) => /^\d{8}T\d{9}Z(-\d{4})?$/.test(ending)).sort();
}

/** `audit-20260304T123000000Z.jsonl`. It is behind all others, also if the clock was set back. */
async function nextName(file: string): Promise<string> {
  const time = new Date().toISOString().replace(/[-:.]/g, '');
  const [lastTime = '', count = '0'] = (await endingsIn(file)).at(-1)?.split('-') ?? [];
  return nameWith(file, lastTime < time ? time : `${lastTime}-${String(Number(count) + 1).padStart(4, '0')}`);
}

function nameWith(file: string, ending: string): string {
  const [stem, extension] = partsOf(file);
  return join(dirname(file), `${stem}-${ending}${extension}`);
}

function partsOf(file: string): [stem: string, extension: string] {
  const extension = extname(file);
  return [basename(file, extension), extension];
}
