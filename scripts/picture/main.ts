/**
 * Makes the pictures of the README from a real run: `claude-trace demo` on a terminal, with the real Claude Code where `claude`
 * is on the PATH, typed into as a person would.
 *
 * usage: npm run picture
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { film } from './film.js';
import { PALETTES, type PaletteName } from './palette.js';
import { pictureOf } from './svg.js';

const DESCRIPTION =
  'claude-trace wrap: Claude Code on the left answers a prompt; on the right its requests appear, each with its tokens, its cost ' +
  'and the sources of its context, and are opened, listed by source and rated.';

for (const name of Object.keys(PALETTES) as PaletteName[]) {
  const palette = PALETTES[name];
  const { steps, still } = await film(palette, name);
  const file = fileURLToPath(new URL(`../../docs/picture-${name}.svg`, import.meta.url));
  const svg = pictureOf(steps, { palette, still, description: DESCRIPTION });
  writeFileSync(file, svg);
  console.log(`${file}: ${steps.length} steps, ${Math.round(svg.length / 1_000)} kB`);
}
