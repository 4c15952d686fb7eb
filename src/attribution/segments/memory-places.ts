import type { Source } from '../../model/source.js';
import { once } from './once.js';

/** Where memory files of a request may be, by the folders that the harness names. Also with paths of Windows. */
export interface MemoryPlaces {
  /** Whether a memory file is in a folder above one of the files that tool calls named. */
  liesAbove(memoryPath: string): boolean;
  /**
   * Whether a memory file may have this path: in a folder of Claude's, above or below a working directory, or imported by
   * another memory file with `@`. Without a known working directory every path may.
   */
  mayHold(memoryPath: string): boolean;
  /** Whether a file is a memory file: by its name, or because the request holds its contents. */
  isMemory(path: string): boolean;
}

const WORKING_DIRECTORIES = /orking director(?:y|ies):[ \t]*([^\n]*)((?:\n[ \t]+(?:- )?[/~][^\n]*)*)/g;
const IMPORT = /@((?:\\ |[^\s@])+)/g;
const MEMORY_NAME = /(?:^|\/)(?:CLAUDE(?:\.local)?|AGENTS|MEMORY)\.md$|\/\.claude\/rules\//;
const HELD = /^ *Contents of (\S[^\n]*)$/gm;
/** A limit, since every path is compared with all of them. */
const MAX_DIRECTORIES = 32;

/** @param texts possibly of the harness @param files paths that tool calls named */
export function memoryPlaces(texts: readonly string[], files: readonly string[]): MemoryPlaces {
  const above = foldersAbove(files);
  const directories = workingDirectories(texts);
  const imported = once(() => importedNames(texts));
  const held = once(() => heldFiles(texts));
  return {
    liesAbove: (path) => above.has(projectFolder(path)),
    mayHold(path) {
      const folder = folderOf(withSlashes(path));
      if (directories.length === 0 || /claude/i.test(folder)) return true;
      if (directories.some((directory) => isWithin(folder, directory) || isWithin(directory, folder))) return true;
      return imported().has(nameOf(withSlashes(path)));
    },
    isMemory: (path) => MEMORY_NAME.test(withSlashes(path)) || held().has(path),
  };
}

/** The memory file that a heading line names. */
export function memorySource(line: string): Source | null {
  const path = memoryPath(line);
  return path === null ? null : `memory:${path}`;
}

/** The path in a line behind `Contents of `: a colon ends the line, a description in parentheses may come before it. */
export function memoryPath(line: string): string | null {
  const trimmed = line.trimEnd();
  if (!trimmed.endsWith(':')) return null;
  const named = trimmed.slice(0, -1);
  const description = named.endsWith(')') ? named.lastIndexOf(' (') : -1;
  const isDescribed =
    description > 0 && !/[()]/.test(named.slice(description + 2, -1)) && named.length > description + 3;
  const path = isDescribed ? named.slice(0, description) : named;
  return path === '' ? null : path;
}

/** All folders on the way to the files. */
function foldersAbove(files: readonly string[]): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const file of files) {
    for (let folder = folderOf(withSlashes(file)); folder !== '' && !folders.has(folder); folder = folderOf(folder)) {
      folders.add(folder);
    }
  }
  return folders;
}

/** The folder that a memory file is about: `/a` for `/a/CLAUDE.md` and `/a/.claude/rules/b.md`. */
function projectFolder(path: string): string {
  const plain = withSlashes(path);
  const own = plain.indexOf('/.claude/');
  return own === -1 ? folderOf(plain) : plain.slice(0, own);
}

function workingDirectories(texts: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const text of texts) {
    if (!text.includes('orking director')) continue;
    for (const [, line = '', list = ''] of text.matchAll(WORKING_DIRECTORIES)) {
      for (const path of [...line.split(', '), ...list.split(/\n[ \t]+(?:- )?/)]) {
        if (path.trim() !== '') found.add(withSlashes(path.trim()).replace(/\/$/, ''));
        if (found.size === MAX_DIRECTORIES) return [...found];
      }
    }
  }
  return [...found];
}

function importedNames(texts: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const text of texts) {
    if (!text.includes('Contents of ')) continue;
    for (const [, path = ''] of text.matchAll(IMPORT)) {
      names.add(nameOf(path.replaceAll('\\ ', ' ')).replace(/[.,;:'"`]{1,8}$/, ''));
    }
  }
  return names;
}

/** Paths of the memory files whose contents are in the texts. */
function heldFiles(texts: readonly string[]): ReadonlySet<string> {
  const paths = new Set<string>();
  for (const text of texts) {
    if (!text.includes('Contents of ')) continue;
    for (const [, line = ''] of text.matchAll(HELD)) {
      const path = memoryPath(line);
      if (path !== null) paths.add(path);
    }
  }
  return paths;
}

function isWithin(path: string, folder: string): boolean {
  return `${path}/`.startsWith(`${folder}/`);
}

function withSlashes(path: string): string {
  return path.replaceAll('\\', '/');
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
