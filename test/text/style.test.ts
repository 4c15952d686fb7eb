import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, it } from 'vitest';

const STYLE = fileURLToPath(new URL('../../src/text/style.ts', import.meta.url));
const PROGRAM = `const { style } = await import(${JSON.stringify(STYLE)}); console.log(JSON.stringify(style('x', 'good')));`;

/** What a program whose stdout is a pipe prints. */
async function styled(env: Record<string, string>): Promise<unknown> {
  const { stdout } = await execa(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', PROGRAM], {
    env: { PATH: process.env.PATH ?? '', TERM: 'xterm-256color', ...env },
    extendEnv: false,
  });
  return JSON.parse(stdout);
}

it('colours text only on a terminal, or with FORCE_COLOR', async () => {
  expect(await styled({})).toBe('x');
  expect(await styled({ NO_COLOR: '1' })).toBe('x');
  expect(await styled({ FORCE_COLOR: '1' })).toBe('\u001b[32mx\u001b[39m');
  expect(await styled({ FORCE_COLOR: '0' })).toBe('x');
});
