import { mkdtempSync, readlinkSync } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf } from '../base/error-text.js';

/** Only older folders are removed: a younger one may belong to a process that is just ending, and removes it itself. */
const MIN_AGE_MS = 60_000;

/**
 * Makes a private folder for files of this process, which removes it when it ends. If it is killed, a later run removes it.
 * @param parent default: the temporary folder
 * @throws Error where it cannot be made
 */
export function makeRunFolder(parent = tmpdir()): string {
  return mkdtempSync(join(parent, `claude-trace-${process.pid}-${idOfProcesses()}-`));
}

/** Removes folders of this user's processes that are gone. Never fails. */
export async function removeDeadRunFolders(parents: readonly string[] = [tmpdir(), '/tmp']): Promise<void> {
  for (const parent of new Set(parents)) {
    const names = await readdir(parent).catch(() => []);
    for (const folder of names.filter(isOfDeadProcess).map((name) => join(parent, name))) {
      if (await isOldAndOurs(folder)) await rm(folder, { recursive: true, force: true }).catch(() => {});
    }
  }
}

function isOfDeadProcess(name: string): boolean {
  const [, pid, processes] = /^claude-trace-(\d+)-(\w+)-\w{6}$/.exec(name) ?? [];
  return processes === idOfProcesses() && !isRunning(Number(pid));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

async function isOldAndOurs(folder: string): Promise<boolean> {
  const stats = await lstat(folder).catch(() => null);
  if (stats === null || !stats.isDirectory() || Date.now() - stats.mtimeMs < MIN_AGE_MS) return false;
  return process.getuid === undefined || stats.uid === process.getuid();
}

/** Machines and containers may share a temporary folder, but not their processes. */
function idOfProcesses(): string {
  let hash = 0;
  for (const char of `${hostname()} ${namespaceOfProcesses()}`) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return hash.toString(36);
}

/** The namespace of processes on Linux, such as `pid:[4026531836]`; empty elsewhere. */
function namespaceOfProcesses(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
