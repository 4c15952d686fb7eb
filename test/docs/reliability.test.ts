import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, readPage } from './support/pages.js';

const page = await readPage('docs/reliability.md');
/** Fault, traffic, data, what you see, tests. */
const rows = page
  .split('\n')
  .filter((line) => /^\| (?!fault |---)/.test(line))
  .map((line) => line.slice(2, -2).split(' | '));
const named = [...page.matchAll(/\[([^\]]+)\]\(\.\.\/(test\/[\w./-]+)\)/g)].map(([, title = '', file = '']) => ({
  title,
  file,
}));

describe('docs/reliability.md', () => {
  it('has complete rows, which name tests or say that there is no test', () => {
    expect(rows.length).toBeGreaterThan(50);
    expect(rows.filter((cells) => cells.length !== 5 || cells.includes(''))).toEqual([]);
    const tests = rows.map(([fault, , , , cell = '']) => ({ fault, cell }));
    const isLinks = /^\[[^\]]+\]\(\.\.\/test\/[^)]+\)(<br>\[[^\]]+\]\(\.\.\/test\/[^)]+\))*$/;
    expect(tests.filter(({ cell }) => cell !== 'not tested' && !isLinks.test(cell))).toEqual([]);
  });

  it('names tests that exist, by file and title', async () => {
    expect(named.length).toBeGreaterThan(rows.length);
    const missing: typeof named = [];
    for (const { title, file } of named) {
      const source = await readFile(join(ROOT, file), 'utf8').catch(() => '');
      // The first argument of a test, or the name of a case in a table.
      if (!["'", '"', '`'].some((quote) => source.includes(`${quote}${title}${quote},`))) missing.push({ title, file });
    }
    expect(missing).toEqual([]);
  });
});
