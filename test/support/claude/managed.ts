import { execaSync } from 'execa';

/**
 * Puts a folder in front of a command as its `/etc/claude-code`, in a mount namespace of its own: nobody else sees it.
 * @returns null where the system allows no such namespace
 */
export function withManagedSettings(folder: string): string[] | null {
  const script = [
    'mount -t tmpfs none /mnt',
    'mkdir /mnt/upper /mnt/work',
    `cp -r '${folder}' /mnt/upper/claude-code`,
    'mount -t overlay none -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work /etc',
    'exec "$@"',
  ].join(' && ');
  const prefix = ['unshare', '--map-root-user', '--mount', 'sh', '-c', script, 'sh'];
  const [file = '', ...args] = [...prefix, 'test', '-d', '/etc/claude-code'];
  return execaSync(file, args, { reject: false }).exitCode === 0 ? prefix : null;
}
