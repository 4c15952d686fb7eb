import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';

/** A mount namespace of its own, in which root may mount, and others where the system lets them: gone with the process. */
const UNSHARE = ['unshare', ...(process.getuid?.() === 0 ? [] : ['--map-root-user', '--user']), '--mount'];

/** Whether this machine lets us have a small disk: containers may not, and only Linux can. */
export const maySmallDisk =
  spawnSync(UNSHARE[0] ?? '', [...UNSHARE.slice(1), 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0;

/**
 * The command that runs another one with a disk of so many megabytes at a folder, seen by that one only. A third of it is
 * taken by the file `ballast`.
 */
export function withSmallDisk(folder: string, megabytes: number, command: readonly string[]): string[] {
  const taken = Math.floor((megabytes * 1024 * 1024) / 3);
  const script = `mount -t tmpfs -o size=${megabytes}m,mode=700 tmpfs "$1" && head -c ${taken} /dev/zero > "$1/ballast" && shift && exec "$@"`;
  return [...UNSHARE, 'sh', '-c', script, 'sh', folder, ...command];
}

/** The command that runs another one which may make no file larger than so many megabytes. */
export function withSmallFiles(megabytes: number, command: readonly string[]): string[] {
  // Blocks of 512 bytes in every shell's POSIX mode.
  return ['sh', '-c', `ulimit -f ${megabytes * 2048}; exec "$@"`, 'sh', ...command];
}
