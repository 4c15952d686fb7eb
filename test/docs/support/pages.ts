import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Path below the repository's root, as in `docs/api.md`. */
export const PAGES: readonly string[] = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...(await readdir(join(ROOT, 'docs'), { recursive: true }))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

export function readPage(page: string): Promise<string> {
  return readFile(join(ROOT, page), 'utf8');
}

/** Text between one heading and the next one of any level. */
export interface Section {
  heading: string;
  text: string;
}

export function sectionsOf(text: string): Section[] {
  return text.split(/^(?=#+ )/m).map((section) => ({ heading: /^#+ (.*)$/m.exec(section)?.[1] ?? '', text: section }));
}

/** The first cell of each row of the tables in a text. */
export function firstCells(text: string): string[] {
  return [...text.matchAll(/^\| (.*?) \|/gm)].map(([, cell = '']) => cell);
}
