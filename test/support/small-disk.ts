import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';

/** Runs in a mount namespace of its own, where root may mount, and others if the system allows it. It ends with the process. */
const UNSHARE = ['unshare', ...(process.getuid?.() === 0 ? [] : ['--map-root-user', '--user']), '--mount'];

/** Whether this machine allows a small disk: only Linux, and not all containers. */
export const maySmallDisk =
  spawnSync(UNSHARE[0] ?? '', [...UNSHARE.slice(1), 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0;

/**
 * A command that runs another one with a disk of this many megabytes at a folder, visible only to that one. The file
 * `ballast` takes a third of it.
 */
export function withSmallDisk(folder: string, megabytes: number, command: readonly string[]): string[] {
  const taken = Math.floor((megabytes * 1024 * 1024) / 3);
  const script = `mount -t tmpfs -o size=${megabytes}m,mode=700 tmpfs "$1" && head -c ${taken} /dev/zero > "$1/ballast" && shift && exec "$@"`;
  return [...UNSHARE, 'sh', '-c', script, 'sh', folder, ...command];
}

/** A command that runs another one with a maximum file size of this many megabytes. */
export function withSmallFiles(megabytes: number, command: readonly string[]): string[] {
  // Blocks of 512 bytes in every shell's POSIX mode.
  return ['sh', '-c', `ulimit -f ${megabytes * 2048}; exec "$@"`, 'sh', ...command];
}
