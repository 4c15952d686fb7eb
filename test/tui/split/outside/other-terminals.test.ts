import { afterEach, describe, expect, it } from 'vitest';
import { inSplitPane, keys } from '../support/host-terminal.js';
import type { TestTerminal } from '../support/terminal.js';

let open: TestTerminal[] = [];
afterEach(() => {
  for (const terminal of open) terminal.kill('SIGKILL');
  open = [];
});

const { COLORTERM: _, TMUX: __, STY: ___, ...plain } = process.env;

function pane(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  more: { keyboardDelayMs?: number } = {},
): TestTerminal {
  const terminal = inSplitPane(command, { env: { ...plain, LANG: 'C.UTF-8', ...env }, ...more });
  open.push(terminal);
  return terminal;
}

const coloured = [
  'sh',
  '-c',
  String.raw`echo "[$TERM $COLORTERM]"; printf '\033[38;2;215;119;87mwarm\033[0m ─│╭ é\n'; read line`,
];

function cellOf(terminal: TestTerminal, text: string) {
  const { active } = terminal.emulator.buffer;
  const y = terminal.rows().findIndex((row) => row.includes(text));
  return active.getLine(active.viewportY + y)?.getCell(terminal.rows()[y]?.indexOf(text) ?? 0);
}

describe('a terminal without 24-bit colours', () => {
  it('gets those of GNU screen, and so does the child', async () => {
    const terminal = pane(coloured, { TERM: 'screen-256color', STY: '1.pts', COLORTERM: 'truecolor' });
    await terminal.sees('[xterm-256color ]');
    await terminal.sees('warm');
    expect(terminal.written).not.toMatch(/[34]8;2;/);
    expect(cellOf(terminal, 'warm')?.getFgColor()).toBe(173);
  });

  it('gets 16 colours and the characters of its font on the console of Linux, and no sequence that it would print', async () => {
    const terminal = pane(coloured, { TERM: 'linux' });
    await terminal.sees('[xterm ]');
    await terminal.sees('warm ─│┌ é');
    expect(cellOf(terminal, 'warm')?.getFgColor()).toBe(9);
    expect(terminal.written).not.toContain('\x1b]');
    expect(terminal.written).not.toMatch(/[34]8;[25];/);
    terminal.type('\r');
    await terminal.ended;
    // It has no other screen to go back from.
    expect(terminal.written).not.toContain('?1049');
    expect(terminal.mainScreen()).toContain('warm');
    expect(terminal.mainScreen()).not.toContain('PANEL');
  });

  it('gets no colours and lines of ASCII on a VT100', async () => {
    const terminal = pane(coloured, { TERM: 'vt100', LANG: 'C' });
    await terminal.sees('[vt220 ]');
    await terminal.sees('warm -|+ e');
    await terminal.sees(/\| PANEL/);
    expect(cellOf(terminal, 'warm')?.isFgDefault()).toBe(true);
    // No ECH, no CHA.
    expect(terminal.written).not.toMatch(/\[\d+[XG]/);
  });

  it('is refused if it is dumb', async () => {
    const terminal = pane(coloured, { TERM: 'dumb' });
    expect(await terminal.ended).not.toMatchObject({ exitCode: 0 });
    expect(terminal.mainScreen()).toContain('a terminal of type dumb cannot be drawn on');
    expect(terminal.written).not.toContain('\x1b[2J');
  });
});

describe('a terminal that answers late', () => {
  it('gets the keyboard flags of the child after its answer', async () => {
    const terminal = pane([process.execPath, keys, '[>5u'], { TERM: 'xterm-256color' }, { keyboardDelayMs: 2_500 });
    await terminal.sees('ready');
    expect(terminal.tracked.modes().kittyKeyboard).toBe(0);
    await expect.poll(() => terminal.tracked.modes().kittyKeyboard, { timeout: 20_000 }).toBe(5);
  });
});

describe('the cursor of the child', () => {
  it('is moved outside even while it is hidden', async () => {
    const terminal = pane(['sh', '-c', String.raw`printf '\033[?25l\033[7;11H'; read line`], {
      TERM: 'xterm-256color',
    });
    await terminal.sees('PANEL');
    await expect.poll(() => terminal.emulator.buffer.active.cursorY, { timeout: 20_000 }).toBe(6);
    expect(terminal.emulator.buffer.active.cursorX).toBe(10);
    expect(terminal.tracked.cursorVisible()).toBe(false);
  });
});

describe('sequences that the emulator cannot parse', () => {
  it('cause no message on the terminal', async () => {
    const terminal = pane(['sh', '-c', String.raw`printf 'a\177b\033[\177Hc\033]\177\007\n'; read line`], {
      TERM: 'xterm-256color',
    });
    await terminal.sees('PANEL');
    await terminal.sees('cb');
    expect(terminal.written).not.toMatch(/xterm\.js|Parsing/i);
  });
});

describe('mouse reports in pixels', () => {
  it('come in cells', async () => {
    const terminal = pane([process.execPath, keys, '[?1003h', '[?1016h'], { TERM: 'xterm-256color' });
    await terminal.sees('ready');
    await expect.poll(() => terminal.tracked.modes().mouse, { timeout: 20_000 }).toBe(1003);
    terminal.type('\x1b[<0;5;3M');
    await terminal.sees(/got 9 \w+ \\u001b\[<0;5;3M/);
  });
});
