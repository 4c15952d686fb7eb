import { realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readRegularFile } from '../../base/regular-file.js';

/** `cwd` and the folders above it, the nearest first. */
export function foldersUp(cwd: string): string[] {
  const folders: string[] = [];
  for (let folder = resolve(cwd); folder !== folders.at(-1); folder = dirname(folder)) folders.push(folder);
  return folders;
}

/**
 * The folder under which Claude Code keeps what it knows of a project in `.claude.json`: the root of the git repository, that of
 * the main one for a worktree, else `cwd` (seen in 2.0.30 and 2.1.332).
 */
export function projectFolder(cwd: string): string {
  const root = gitRoot(cwd);
  return root === null ? cwd : (mainRepository(root) ?? root);
}

/** The nearest folder with `.git`. */
export function gitRoot(cwd: string): string | null {
  return foldersUp(cwd).find((folder) => statOf(join(folder, '.git')) !== null) ?? null;
}

/** A worktree's `.git` is a file that names a folder `<repository>/.git/worktrees/<name>`. */
function mainRepository(root: string): string | null {
  const file = join(root, '.git');
  if (statOf(file) !== 'file') return null;
  try {
    const [, folder = ''] = /^gitdir:\s*(.+?)\s*$/m.exec(readRegularFile(file).toString()) ?? [];
    const [, main] = /^(.+)[\\/]\.git[\\/]worktrees[\\/][^\\/]+$/.exec(resolve(root, folder)) ?? [];
    return main === undefined ? null : realpathSync(main);
  } catch {
    return null;
  }
}

function statOf(path: string): 'file' | 'folder' | null {
  try {
    return statSync(path).isFile() ? 'file' : 'folder';
  } catch {
    return null;
  }
}
