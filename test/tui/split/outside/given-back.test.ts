import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { PLAIN_MODES } from '../../../../src/tui/split/child/child-modes.js';
import { isAlive } from '../../../support/is-alive.js';
import { hostLine, keys } from '../support/host-terminal.js';
import { TestTerminal } from '../support/terminal.js';

const ALL_MODES = [
  '[?2004h',
  '[?1004h',
  '[?1003h',
  '[?1006h',
  '[?1h',
  '=',
  '[>5u',
  '[>4;2m',
  '[5 q',
  ']12;#123456\x07',
];

let open: TestTerminal[] = [];
afterEach(() => {
  for (const terminal of open) terminal.kill('SIGKILL');
  open = [];
});

/** A shell that runs a child with all modes in a pane, and then something else. */
async function inShell(after: string) {
  const line = `stty -ixon; echo "before $(stty -g)"; ${hostLine(process.execPath, keys, ...ALL_MODES)}; echo "code $?"; ${after}`;
  const terminal = new TestTerminal('sh', ['-c', line]);
  open.push(terminal);
  await terminal.sees(/ready \d+ \d+/);
  await expect
    .poll(() => terminal.tracked.modes(), { timeout: 20_000 })
    .toMatchObject({ mouse: 1003, kittyKeyboard: 5 });
  const [, host, child] = /ready (\d+) (\d+)/.exec(terminal.rows().join('\n')) ?? [];
  return { terminal, host: Number(host), child: Number(child) };
}

function guardsOf(host: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const [, parent] = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? [];
        const isGuard = readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('claude-trace-guard');
        return isGuard && Number(parent) === host;
      } catch {
        return false;
      }
    });
}

describe('the terminal after the pane was killed', () => {
  it.each(['SIGKILL', 'SIGSEGV', 'SIGABRT'] as const)('is as it was after %s', async (signal) => {
    // Settings come after modes.
    const { terminal, host } = await inShell('sleep 2; echo "after $(stty -g)"; read end');
    const [guard = 0] = guardsOf(host);
    expect(guard).toBeGreaterThan(0);
    process.kill(host, signal);
    await terminal.sees('after ');
    const said = terminal.mainScreen();
    const [, before] = /before (\S+)/.exec(said) ?? [];
    expect(said).toContain(`after ${before}`);
    expect(terminal.tracked.modes()).toEqual(PLAIN_MODES);
    expect(terminal.tracked.cursorVisible()).toBe(true);
    expect(terminal.tracked.cursorStyle()).toBe(0);
    expect(terminal.emulator.buffer.active.type).toBe('normal');
    await expect.poll(() => isAlive(guard), { timeout: 20_000 }).toBe(false);
  });

  it('is not touched by the guard after a normal end, and the guard ends', async () => {
    const { terminal, host } = await inShell('echo "main screen"; sleep 1; read end');
    const [guard = 0] = guardsOf(host);
    expect(guard).toBeGreaterThan(0);
    terminal.type('\x04');
    await terminal.sees('main screen');
    const { length } = terminal.written;
    await expect.poll(() => isAlive(guard), { timeout: 20_000 }).toBe(false);
    expect(terminal.written.slice(length)).not.toContain('\x1b');
  });
});

describe('SIGTSTP from outside', () => {
  it('gives the terminal back before we stop, and takes it again afterwards', async () => {
    const { terminal, host } = await inShell('read end');
    process.kill(host, 'SIGTSTP');
    await expect.poll(() => terminal.emulator.buffer.active.type, { timeout: 20_000 }).toBe('normal');
    await expect.poll(() => stateOf(host), { timeout: 20_000 }).toBe('T');
    expect(terminal.tracked.modes()).toEqual(PLAIN_MODES);
    expect(settingsOf(host)).toMatch(/ isig icanon/);
    process.kill(host, 'SIGCONT');
    await terminal.sees(/ready \d+ \d+/);
    await expect.poll(() => terminal.tracked.modes(), { timeout: 20_000 }).toMatchObject({ mouse: 1003 });
    terminal.type('go on');
    await terminal.sees('got 5 ');
  });

  function stateOf(pid: number): string | undefined {
    return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1];
  }

  function settingsOf(pid: number): string {
    return execFileSync('stty', ['-a', '-F', `/proc/${pid}/fd/0`], { encoding: 'utf8' }).replace(/\s+/g, ' ');
  }
});

describe('a terminal that has stopped reading', () => {
  /** Each screen another one: what looks the same would not be written. */
  const flood = 'echo of $PPID.; read line; awk "BEGIN { while (1) print rand() rand() rand() rand() }"';

  it('does not block SIGTERM', async () => {
    const terminal = new TestTerminal('sh', ['-c', hostLine('sh', '-c', flood)]);
    open.push(terminal);
    await terminal.sees(/of \d+\./);
    const [, host] = /of (\d+)\./.exec(terminal.rows().join('\n')) ?? [];
    terminal.freeze();
    terminal.type('\r');
    // What the kernel keeps for the reader is full by then.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    process.kill(Number(host), 'SIGTERM');
    await expect.poll(() => isAlive(Number(host)), { timeout: 20_000 }).toBe(false);
  });
});

describe('other output of this process', () => {
  it('waits until the panes are gone', async () => {
    const { terminal } = await inShell('echo "the end"; read end');
    terminal.type('\x1d\t');
    await terminal.sees('typed \\t');
    terminal.type('W');
    await terminal.sees('typed \\tW');
    expect(terminal.written).not.toContain('past the panel');
    terminal.type('\x1d');
    await terminal.sees('focus none');
    terminal.type('\x04');
    await terminal.sees('the end');
    for (const what of ['error', 'log', 'warning']) expect(terminal.mainScreen()).toContain(`past the panel: ${what}`);
  });
});

describe('a terminal that answers slowly', () => {
  it('answers before a command that ends at once is over, so no answer is typed into the shell', async () => {
    const line = `${hostLine('true')}; echo over; read typed; echo "typed <$typed>" | cat -v`;
    const terminal = new TestTerminal('sh', ['-c', line], { attributesDelayMs: 400 });
    open.push(terminal);
    await terminal.sees('over');
    await sleep(500);
    terminal.type('mine\r');
    await terminal.sees('typed <mine>');
  });
});
