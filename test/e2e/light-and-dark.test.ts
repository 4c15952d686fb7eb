import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import headless from '@xterm/headless';
import { describe, expect, it, onTestFinished } from 'vitest';
import { THEMES, type ThemeName } from '../../src/tui/panel/theme.js';
import { client, message } from '../support/product/client.js';
import { onTerminal } from '../support/product/shell-terminal.js';
import { newSandbox } from '../support/product.js';
import { say, startScriptedApi } from '../support/scripted-api.js';
import type { TestTerminal } from '../tui/split/support/terminal.js';

const WHITE = 'rgb:ffff/ffff/ffff';
const BLACK = 'rgb:0000/0000/0000';

/** What terminals say of themselves, and whether that is light or dark. */
const TERMINALS: readonly [title: string, background: string | undefined, colorfgbg: string, theme: ThemeName][] = [
  ['that says it is light', WHITE, '15;0', 'light'],
  ['that says it is dark', BLACK, '0;15', 'dark'],
  ['that does not answer, by COLORFGBG', undefined, '0;15', 'light'],
];

/** This key of the last row is drawn as the theme wants it. */
async function looks(terminal: TestTerminal, key: string, theme: ThemeName): Promise<void> {
  const wanted = new headless.Terminal({ allowProposedApi: true });
  await new Promise<void>((drawn) => wanted.write(`\x1b[${THEMES[theme].key}m${key}`, drawn));
  await expect.poll(() => styleOf(terminal.emulator, key), { timeout: 30_000 }).toEqual(styleOf(wanted, key));
}

/** Of the first cell of a text that is seen once. */
function styleOf({ buffer: { active }, rows }: TestTerminal['emulator'], text: string) {
  for (let y = 0; y < rows; y++) {
    const line = active.getLine(active.viewportY + y);
    const x = line?.translateToString().indexOf(text) ?? -1;
    const cell = x === -1 ? undefined : line?.getCell(x);
    if (cell) return { bold: cell.isBold() !== 0, colour: cell.getFgColor(), mode: cell.getFgColorMode() };
  }
  return null;
}

describe.each(TERMINALS)('on a terminal %s', (_, background, COLORFGBG, theme) => {
  it('the panel beside a command has its colours, and the command gets nothing but what is typed', async () => {
    const sandbox = await newSandbox();
    const child = ['sh', '-c', 'echo ready; IFS= read -r line; printf "%s" "$line" > typed.txt'];
    const terminal = onTerminal(sandbox, ['wrap', '--quiet', '--layout', 'split', '--', ...child], {
      env: { COLORFGBG },
      ...(background === undefined ? {} : { background }),
    });
    onTestFinished(() => terminal.kill('SIGKILL'));
    await terminal.sees('ready');
    await looks(terminal, 'Ctrl-]', theme);
    terminal.type('plain words\r');
    await terminal.ended;
    expect(await readFile(join(sandbox.cwd, 'typed.txt'), 'utf8')).toBe('plain words');
  });

  it('tui has its colours, and takes no answer for a key', async () => {
    const sandbox = await newSandbox();
    const api = await startScriptedApi({ script: say('Certainly.') });
    onTestFinished(() => api.close());
    const question = client({ requests: [{ body: message('rename the parser') }] });
    await sandbox.run(['wrap', '--quiet', '--', ...question], { env: await sandbox.behind(api) });
    const terminal = onTerminal(sandbox, ['tui'], {
      env: { COLORFGBG },
      ...(background === undefined ? {} : { background }),
    });
    onTestFinished(() => terminal.kill('SIGKILL'));
    await terminal.sees('1/1');
    await looks(terminal, 'Enter', theme);
    // Of the answer, `/` would begin a search and `1` be typed into it.
    await terminal.sees(/^Enter open/m);
    terminal.type('\x1b');
    terminal.type('q');
    await terminal.ended;
  });
});
