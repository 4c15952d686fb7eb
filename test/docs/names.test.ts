import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PAGES, ROOT, readPage, sectionsOf } from './support/pages.js';

const below = await Promise.all(
  ['src', 'test', 'bench', 'scripts', 'docs'].map(async (folder) =>
    (await readdir(join(ROOT, folder), { recursive: true })).map((file) => `${folder}/${file}`),
  ),
);
const files = [...(await readdir(ROOT)), ...below.flat()].map((file) => `/${file}`);
const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));

describe.each(PAGES)('%s', (page) => {
  it('links only to pages and headings that exist', async () => {
    const links = [...(await readPage(page)).matchAll(/(?:\]\(|srcset="|src=")([^)"\s]+)/g)].map(([, to = '']) => to);
    const broken: string[] = [];
    for (const link of links.filter((to) => !/^https?:/.test(to))) {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? page : normalize(join(dirname(page), file));
      if (!existsSync(join(ROOT, target))) broken.push(link);
      else if (anchor !== undefined && !anchorsOf(await readPage(target)).includes(anchor)) broken.push(link);
    }
    expect(broken).toEqual([]);
  });

  // The changelog also speaks of what is gone.
  it.skipIf(page === 'CHANGELOG.md')('names only source files, folders and npm scripts that exist', async () => {
    const code = [...(await readPage(page)).matchAll(/`([^`\n]+)`/g)].map(([, inside = '']) => inside);
    const named = code.filter((text) => /^[\w/.-]+\.(tsx?|mjs)$|^(src|test|bench|scripts|docs)\/[\w/.-]+$/.test(text));
    const exists = (name: string) => files.some((file) => file.endsWith(`/${name}`));
    expect(named.filter((name) => !exists(name))).toEqual([]);
    const run = code.flatMap((text) => [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script = '']) => script));
    expect(run.filter((script) => !(script in scripts))).toEqual([]);
  });
});

describe('docs/ARCHITECTURE.md', () => {
  it('lists every folder of src with the folders that the linter lets it import', async () => {
    const rows = (await readPage('docs/ARCHITECTURE.md')).matchAll(/^\| `src\/(\w+)` \|.*\| *([\w, ]*) \|$/gm);
    const listed = [...rows].map(([, folder = '', imports = '']) => ({
      folder,
      imports: imports.split(', ').filter((each) => each !== ''),
    }));
    const order = listed.map(({ folder }) => folder);
    expect(order.toSorted()).toEqual((await readdir(join(ROOT, 'src'))).toSorted());
    const { overrides } = JSON.parse(await readFile(join(ROOT, 'biome.json'), 'utf8'));
    for (const { folder, imports } of listed) {
      const own = overrides.find(({ includes }: { includes: string[] }) => includes[0] === `src/${folder}/**`);
      const [forbidden = null] = own?.linter.rules.style.noRestrictedImports.options.patterns ?? [];
      const allowed = order.filter((each) => each !== folder && !forbidden?.group.includes(`**/${each}/**`));
      expect({ folder, imports }).toEqual({ folder, imports: allowed });
    }
  });
});

/** As GitHub makes them from headings. */
function anchorsOf(text: string): string[] {
  return sectionsOf(text).map(({ heading }) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
