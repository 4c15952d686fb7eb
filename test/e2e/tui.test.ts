import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startDemo } from '../../src/demo/demo.js';
import { openReader, openStore } from '../../src/store/index.js';
import { makeHistory } from '../support/history/history.js';
import { loadHistory } from '../support/history/load.js';
import { MAIN, newSandbox, type Sandbox } from '../support/product.js';
import { TestTerminal } from '../tui/split/support/terminal.js';

const CRASHING = fileURLToPath(new URL('../support/product/crash-on-signal.cjs', import.meta.url));
const CLIENT = fileURLToPath(new URL('../../dist/demo/played/client.js', import.meta.url));
const REQUESTS = 80;

/** A user with some weeks of work behind. */
async function withHistory(): Promise<Sandbox> {
  const sandbox = await newSandbox();
  const store = openStore(sandbox.database);
  loadHistory(store, makeHistory({ seed: 5, requests: REQUESTS, days: 20, scale: 0.05 }));
  store.close();
  return sandbox;
}

/** `claude-trace tui` as a shell starts it, so that what is left of the terminal can be asked for afterwards. */
function tui({ env, cwd }: Sandbox, ...args: string[]): TestTerminal {
  const command = `echo "PID=$$"; exec '${process.execPath}' '${MAIN}' tui ${args.join(' ')}`;
  const line = `stty -a; sh -c ${quoted(command)}; echo "exit $?"; stty -a`;
  return new TestTerminal('/bin/sh', ['-c', line], { width: 110, height: 32, env: { ...env, PWD: cwd } });
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** @throws when it has none, or not one */
function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim());
}

/** What stty said before and after. */
function settings(terminal: TestTerminal): [before: string[], after: string[], exit: string | undefined] {
  const [before = '', rest = ''] = terminal.mainScreen().split(/exit (?=\d+)/);
  const lines = (text: string) => text.split('\n').filter((line) => /^[a-z-].*;|^-?[a-z]+ /.test(line));
  return [lines(before), lines(rest), /^\d+/.exec(rest)?.[0]];
}

describe('claude-trace tui', () => {
  it('opens, moves, shows a request, rates it for query to find, and leaves the terminal as it was', async () => {
    const sandbox = await withHistory();
    const terminal = tui(sandbox);
    await terminal.sees(/1\/\d+/);
    await terminal.sees('CONTEXT');
    expect(terminal.emulator.buffer.active.type).toBe('alternate');
    terminal.type('\x1b[B');
    await terminal.sees(/2\/\d+/);
    terminal.type('j');
    await terminal.sees(/3\/\d+/);
    terminal.type('\r');
    await terminal.sees('[overview]');
    await terminal.sees(/── \S+ \w+/);
    const [, id = ''] = /(req_\w+)/.exec(terminal.rows().join('\n')) ?? [];
    terminal.type('+');
    await terminal.sees(`rated +1: ${id}`);
    terminal.type('\x1b');
    await terminal.sees('[1 requests]');
    terminal.type('q');
    await terminal.ended;

    const rated = await sandbox.run(['query', '--rated', '--min-rating', '1', '--json', '--limit', '100']);
    expect(JSON.parse(rated.stdout.toString()).map((row: { id: string }) => row.id)).toContain(id);
    const [before, after, exit] = settings(terminal);
    expect(exit).toBe('0');
    expect(after).toEqual(before);
    expect(before.length).toBeGreaterThan(2);
    expect(terminal.emulator.buffer.active.type).toBe('normal');
    expect(terminal.written.endsWith('\x1b[?25l')).toBe(false);
    expect(terminal.written.lastIndexOf('\x1b[?25h')).toBeGreaterThan(terminal.written.lastIndexOf('\x1b[?25l'));
  });

  it('fills the last column too', async () => {
    const sandbox = await withHistory();
    const reader = openReader(sandbox.database);
    const total = reader.count({ sideCalls: false });
    reader.close();
    const terminal = tui(sandbox);
    await terminal.sees(new RegExp(`1/${total}$`, 'm'));
    terminal.type('q');
    await terminal.ended;
    // Without wrapping, the cursor is still on the last column of a full row, which erasing would erase. The emulator
    // wraps later than tmux.
    expect(terminal.written).toMatch(new RegExp(`1/${total}(\\x1b\\[[\\d;]*m)+\\x1b\\[(\\d+;1H|\\?2026l)`));
    expect(terminal.written).not.toMatch(new RegExp(`1/${total}(\\x1b\\[[\\d;]*m)*\\x1b\\[K`));
  });

  it('opens the selected request, whatever was ordered and looked at before', async () => {
    const terminal = tui(await withHistory());
    await terminal.sees(/1\/\d+/);
    terminal.type('o');
    await terminal.sees('by cost');
    terminal.type('4');
    await terminal.sees('[4 sessions]');
    terminal.type('o');
    await terminal.sees(/\[4 sessions\].*by cost/);
    terminal.type('\x1b');
    await terminal.sees(/\[1 requests\].*by cost.*1\/\d+/);
    await terminal.sees(/^req_\w+/m);
    const [id = ''] = /^req_\w+/m.exec(terminal.rows().join('\n')) ?? [];
    terminal.type('5');
    await terminal.sees('[5 findings]');
    terminal.type('2');
    await terminal.sees(new RegExp(`\\[2 request\\][\\s\\S]*^${id} `, 'm'));
    terminal.type('q');
    await terminal.ended;
  });

  it('takes clicks and the wheel, and ends that in a program that has the terminal for a while', async () => {
    const sandbox = await withHistory();
    sandbox.env.PAGER = 'cat > /dev/null; echo "this is the pager"; read line < /dev/tty';
    const terminal = tui(sandbox);
    await terminal.sees(/1\/\d+/);
    await expect.poll(() => terminal.tracked.modes()).toMatchObject({ mouse: 1002, mouseEncoding: 'sgr' });
    terminal.type('\x1b[<0;10;7M\x1b[<0;10;7m');
    await terminal.sees(/3\/\d+/);
    terminal.type('\x1b[<65;10;7M');
    await terminal.sees(/4\/\d+/);
    terminal.type('v');
    await terminal.sees('this is the pager');
    expect(terminal.tracked.modes().mouse).toBe(0);
    terminal.type('\r');
    await terminal.sees(/4\/\d+/);
    terminal.type('\x1b[<0;20;2M');
    await terminal.sees('[2 request]');
    terminal.type('q');
    await terminal.ended;
    expect(terminal.tracked.modes().mouse).toBe(0);
  });

  it('leaves the mouse to the terminal where ui.mouse is false', async () => {
    const sandbox = await withHistory();
    await sandbox.run(['config', 'set', 'ui.mouse', 'false']);
    const terminal = tui(sandbox);
    await terminal.sees(/1\/\d+/);
    terminal.type('q');
    await terminal.ended;
    expect(terminal.written).not.toMatch(/\[\?100[0-3]h/);
  });

  it.each([
    ['SIGTERM', '143'],
    ['SIGHUP', '129'],
  ] as const)('leaves the terminal as it was when %s ends it', async (signal, code) => {
    const sandbox = await withHistory();
    const terminal = tui(sandbox);
    await terminal.sees(/1\/\d+/);
    const [, pid = ''] = /PID=(\d+)/.exec(terminal.mainScreen()) ?? [];
    process.kill(Number(pid), signal);
    await terminal.ended;
    const [before, after, exit] = settings(terminal);
    expect(exit).toBe(code);
    expect(after).toEqual(before);
    expect(terminal.emulator.buffer.active.type).toBe('normal');
  });

  it('lends the terminal to $PAGER for a body, and draws itself again', async () => {
    const sandbox = await withHistory();
    sandbox.env.PAGER = 'head -2; read line < /dev/tty';
    const terminal = tui(sandbox);
    await terminal.sees(/1\/\d+/);
    terminal.type('v');
    await terminal.sees(/\{\s+"model": "claude/);
    expect(terminal.emulator.buffer.active.type).toBe('normal');
    terminal.type('\r');
    await terminal.sees(/1\/\d+/);
    terminal.type('j');
    await terminal.sees(/2\/\d+/);
    terminal.type('q');
    await terminal.ended;
  });

  it('follows its size', async () => {
    const terminal = tui(await withHistory());
    await terminal.sees('TTFT');
    terminal.resize(60, 16);
    await terminal.sees(/^\[1 requests\] 2 {2}3 {2}4 {2}5 /m);
    terminal.resize(20, 5);
    await terminal.sees(/^\? help {2}q quit/m);
    terminal.resize(200, 40);
    await terminal.sees(/ │ req_/);
    terminal.type('q');
    await terminal.ended;
  });

  it('shows what another process captures meanwhile', async () => {
    const sandbox = await withHistory();
    const terminal = tui(sandbox);
    await terminal.sees(/1\/\d+/);
    const api = await startDemo();
    onTestFinished(() => api.close());
    const env = await sandbox.behind(api);
    const traced = await sandbox.run(['wrap', '--quiet', '--', process.execPath, CLIENT], { env });
    expect(traced.exitCode).toBe(0);
    await terminal.sees(/▸ \d\d:\d\d:\d\d .* 200 /);
    terminal.type('q');
    await terminal.ended;
  });

  it('needs a terminal, and something that was captured', async () => {
    const sandbox = await newSandbox();
    expect(await sandbox.run(['tui'])).toMatchObject({ exitCode: 2, stdout: Buffer.alloc(0) });
    const terminal = tui(sandbox);
    await terminal.ended;
    expect(terminal.mainScreen()).toMatch(/Nothing captured yet[\s\S]*exit 1/);
  });

  it('gives the terminal back before it dies of a defect', async () => {
    const sandbox = await withHistory();
    const env = { ...sandbox.env, NODE_OPTIONS: `--require ${CRASHING}` };
    const terminal = tui({ ...sandbox, env });
    await terminal.sees(/1\/\d+/);
    const [, pid] = /PID=(\d+)/.exec(terminal.mainScreen()) ?? [];
    process.kill(Number(pid), 'SIGUSR2');
    await terminal.ended;
    const [before, after, exit] = settings(terminal);
    expect(exit).toBe('1');
    expect(after).toEqual(before);
    expect(terminal.emulator.buffer.active.type).toBe('normal');
    expect(terminal.tracked.cursorVisible()).toBe(true);
    expect(terminal.mainScreen()).toContain('a defect of ours');
  });

  it('gives the terminal back when it is killed', async () => {
    const { env, cwd } = await withHistory();
    // The guard restores settings last.
    const line = `stty -a; '${process.execPath}' '${MAIN}' tui; echo "exit $?"; sleep 2; stty -a`;
    const terminal = new TestTerminal('/bin/sh', ['-c', line], { width: 110, height: 32, env: { ...env, PWD: cwd } });
    await terminal.sees(/1\/\d+/);
    process.kill(childOf(terminal.pid), 'SIGKILL');
    await terminal.ended;
    const [before, after, exit] = settings(terminal);
    expect(exit).toBe('137');
    expect(after).toEqual(before);
    expect(terminal.emulator.buffer.active.type).toBe('normal');
    expect(terminal.tracked.cursorVisible()).toBe(true);
    expect(terminal.tracked.modes()).toMatchObject({ bracketedPaste: false, mouse: 0 });
  });

  it('goes to the background with SIGTSTP from outside', async () => {
    const { env, cwd } = await withHistory();
    const line = `set -m; '${process.execPath}' '${MAIN}' tui; echo "stopped $?"; read line; fg`;
    const terminal = new TestTerminal('/bin/sh', ['-c', line], { width: 110, height: 32, env: { ...env, PWD: cwd } });
    await terminal.sees(/1\/\d+/);
    process.kill(childOf(terminal.pid), 'SIGTSTP');
    await terminal.sees('stopped 148');
    expect(terminal.emulator.buffer.active.type).toBe('normal');
    terminal.type('\r');
    await terminal.sees(/1\/\d+/);
    terminal.type('q');
    await terminal.ended;
  });

  it('refuses a terminal that cannot be drawn on', async () => {
    const sandbox = await newSandbox();
    const terminal = tui({ ...sandbox, env: { ...sandbox.env, TERM: 'dumb' } });
    await terminal.sees('tui: a terminal of type dumb cannot be drawn on');
    expect(terminal.written).not.toContain('\x1b[');
    await terminal.ended;
    expect(settings(terminal)[2]).toBe('2');
  });

  it('takes the terminal again after Ctrl-Z where no shell could continue it', async () => {
    const { env, cwd } = await withHistory();
    const terminal = new TestTerminal(process.execPath, [MAIN, 'tui'], {
      width: 110,
      height: 32,
      env: { ...env, PWD: cwd },
    });
    await terminal.sees(/1\/\d+/);
    terminal.type('\x1a');
    await expect.poll(() => terminal.emulator.buffer.active.type).toBe('normal');
    await expect.poll(() => terminal.emulator.buffer.active.type).toBe('alternate');
    await terminal.sees(/1\/\d+/);
    terminal.type('q');
    expect(await terminal.ended).toMatchObject({ exitCode: 0 });
  });

  it('goes to the background with Ctrl-Z and comes back with fg', async () => {
    const { env, cwd } = await withHistory();
    const terminal = new TestTerminal('/bin/bash', ['--norc', '--noprofile', '-i'], {
      width: 110,
      height: 32,
      env: { ...env, PWD: cwd, PS1: 'shell> ' },
    });
    await terminal.sees('shell> ');
    terminal.type(`'${process.execPath}' '${MAIN}' tui\r`);
    await terminal.sees(/1\/\d+/);
    terminal.type('\x1a');
    await terminal.sees(/Stopped[\s\S]*shell> /);
    expect(terminal.emulator.buffer.active.type).toBe('normal');
    terminal.type('fg\r');
    await terminal.sees(/1\/\d+/);
    terminal.type('jq');
    await terminal.sees(/fg[\s\S]*shell> /);
    terminal.type('exit\r');
    await terminal.ended;
  });
});
