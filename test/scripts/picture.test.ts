import headless from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import { type Frame, readFrame } from '../../scripts/picture/frame.js';
import { PALETTES } from '../../scripts/picture/palette.js';
import { pictureOf, type Step } from '../../scripts/picture/svg.js';

const palette = PALETTES.dark;

/** What a terminal of 20x4 shows after this. */
async function frameOf(written: string): Promise<Frame> {
  const terminal = new headless.Terminal({ cols: 20, rows: 4, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(written, resolve));
  return readFrame(terminal, palette, false);
}

function draw(steps: readonly Step[], still = 0): string {
  return pictureOf(steps, { palette, still, description: 'a <test> & more' });
}

async function still(written: string): Promise<string> {
  return draw([{ frame: await frameOf(written), seconds: 1, caption: '' }]);
}

/** Every element is closed where it should be. */
function isWellFormed(xml: string): boolean {
  const open: string[] = [];
  for (const [, end, name = '', alone] of xml.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
    if (end && open.pop() !== name) return false;
    if (!end && !alone) open.push(name);
  }
  return open.length === 0;
}

describe('the picture', () => {
  it('puts each run of text at the place and the width of its cells', async () => {
    const svg = await still('ab  cd\r\n\x1b[31mred\x1b[0m 日x');
    expect(svg).toMatch(
      /<text x="0" textLength="16.8" class="c0">ab<\/text><text x="33.6" textLength="16.8" class="c0">cd<\/text>/,
    );
    expect(svg).toMatch(/>red<\/text><text x="33.6" class="c0">日<\/text><text x="50.4" class="c0">x<\/text>/);
    expect(svg).toContain(`.c1{fill:${palette.colours[1]}}`);
    expect(isWellFormed(svg)).toBe(true);
  });

  it('draws blocks and lines, so that they meet whatever the font', async () => {
    const svg = await still('██▌│');
    expect(svg).not.toContain('█');
    expect(svg).toMatch(/<rect x="0" y="-13.2" width="21" height="18" class="c0"\/><rect x="29" y="-13.2" width="0.8"/);
  });

  it('takes what it shows for text, never for markup', async () => {
    const svg = await still('<b>&"');
    expect(svg).toContain('>&lt;b&gt;&amp;&quot;</text>');
    expect(svg).toContain('<title>a &lt;test&gt; &amp; more</title>');
    expect(isWellFormed(svg)).toBe(true);
  });

  it('shows its steps in turn, what they share once, and one of them where nothing shall move', async () => {
    const steps = ['same\r\none', 'same\r\ntwo', 'same\r\none'].map(async (written, index) => ({
      frame: await frameOf(written),
      seconds: index === 1 ? 2 : 1,
      caption: 'title',
    }));
    const svg = draw(await Promise.all(steps), 1);
    expect(svg.match(/>same</g)).toHaveLength(1);
    expect(svg.match(/>one</g)).toHaveLength(1);
    const [, one = ''] = /class="(s\d+)"><text[^>]*>one/.exec(svg) ?? [];
    expect(svg).toContain(`.${one}{visibility:hidden}`);
    expect(svg).toContain(`@keyframes ${one}{0%{visibility:visible}25%{visibility:hidden}75%{visibility:visible}}`);
    expect(svg).toContain('@media (prefers-reduced-motion:no-preference)');
    expect(isWellFormed(svg)).toBe(true);
  });
});
