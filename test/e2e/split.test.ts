import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { JsonRow } from '../../src/base/json-row.js';
import type { RequestSummary } from '../../src/model/request.js';
import { isAlive } from '../support/is-alive.js';
import { client, message } from '../support/product/client.js';
import { afterwards, onTerminal } from '../support/product/shell-terminal.js';
import { newSandbox, type Sandbox } from '../support/product.js';
import { heldAfter, type Script, say, startScriptedApi } from '../support/scripted-api.js';
import type { TestTerminal } from '../tui/split/support/terminal.js';

const NO_PTY = fileURLToPath(new URL('../support/product/no-pty.cjs', import.meta.url));
const CRASHING = fileURLToPath(new URL('../support/product/crash-on-signal.cjs', import.meta.url));
const PREFIX = '\x1d';
const DIVIDER = '│';
const ITS_SOURCE = /conversation \(1\) +█+ .*100 %/;

/** A program that says something, asks the API, says when it was answered, and ends when Enter is pressed. */
function asking(prompt: string, exitCode = 5): string[] {
  const question = client({ requests: [{ body: message(prompt) }] });
  const script = `echo "the child is here"; "$@" > answer.txt && echo "it was answered"; read line; exit ${exitCode}`;
  return ['sh', '-c', script, 'sh', ...question];
}

interface Traced {
  sandbox: Sandbox;
  env: Record<string, string>;
}

async function behindApi(): Promise<Traced> {
  const sandbox = await newSandbox();
  const api = await startScriptedApi({ script: say('Certainly.') });
  onTestFinished(() => api.close());
  return { sandbox, env: await sandbox.behind(api) };
}

function open(
  { sandbox, env }: Traced,
  args: readonly string[],
  more: Record<string, string> = {},
  whenStopped = '',
): TestTerminal {
  const terminal = onTerminal(sandbox, args, { env: { ...env, ...more }, whenStopped });
  onTestFinished(() => terminal.kill('SIGKILL'));
  return terminal;
}

async function rated(sandbox: Sandbox): Promise<JsonRow<RequestSummary>[]> {
  const { stdout } = await sandbox.run(['query', '--rated', '--min-rating', '1', '--json']);
  return JSON.parse(stdout.toString());
}

/** An API whose answers stop after a number of bytes, until it is released. */
async function behindHeldApi(bytes: number): Promise<Traced & { release(): void }> {
  const sandbox = await newSandbox();
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const text = Array.from({ length: 60 }, (_, index) => `word ${index}`).join(' ');
  const script: Script = async (request) => heldAfter(bytes, released, await say(text)(request));
  const api = await startScriptedApi({ script });
  onTestFinished(() => api.close());
  return { sandbox, env: await sandbox.behind(api), release };
}

/**
 * When what is typed reaches the command, so have the answers that the terminal gave before. One that comes after the panes are gone
 * is echoed beside what the shell prints.
 */
async function answersAreRead(terminal: TestTerminal): Promise<void> {
  terminal.type('typed');
  await terminal.sees('typed');
}

/** The part of each row on this side of the divider. */
function side(terminal: TestTerminal, which: 0 | 1): string {
  return terminal
    .rows()
    .map((row) => row.split(DIVIDER)[which] ?? '')
    .join('\n');
}

describe('claude-trace wrap --layout split', () => {
  it('shows the command left and its request right, rates it, and ends as the command with the terminal as it was', async () => {
    const traced = await behindApi();
    const terminal = open(traced, ['wrap', '--layout', 'split', '--', ...asking('rename the parser')]);
    await terminal.sees('the child is here');
    expect(terminal.emulator.buffer.active.type).toBe('alternate');
    await terminal.sees('it was answered');
    await terminal.sees(/1\/1/);
    await terminal.sees(ITS_SOURCE);
    expect(side(terminal, 0)).toContain('it was answered');
    expect(side(terminal, 1)).toMatch(/sonnet.* 200 /);
    expect(side(terminal, 1)).toMatch(ITS_SOURCE);

    terminal.type(`${PREFIX}+`);
    await terminal.sees(/rated \+1.*\(Ctrl-\] u takes it back\)/);
    terminal.type(`${PREFIX}u`);
    await terminal.sees(/Rating of .* restored/);
    terminal.type(`${PREFIX}+`);
    await terminal.sees('rated +1');
    terminal.type('\r');
    const { exit, before, after } = await afterwards(terminal);
    expect(exit).toBe(5);
    expect(before).not.toBe('');
    expect(after).toBe(before);
    expect(terminal.emulator.buffer.active.type).toBe('normal');
    expect(terminal.mainScreen()).toContain('it was answered');
    expect(terminal.mainScreen()).toMatch(/^claude-trace: 1 request.*See: claude-trace query$/m);

    const [row, ...others] = await rated(traced.sandbox);
    expect(others).toEqual([]);
    expect(row?.id).toBe(traced.sandbox.stored()[0]?.row.id);
  });

  it('shows a request when it is sent, the words of its answer as they come, and then the bill', async () => {
    const traced = await behindHeldApi(2_000);
    const terminal = open(traced, ['wrap', '--layout', 'split', '--', ...asking('rename the parser')]);
    await terminal.sees(/open….* \d+~/);
    expect(side(terminal, 0)).not.toContain('it was answered');
    // Input figures come first.
    expect(side(terminal, 1)).toMatch(/sonnet.* open… +\d+ /);
    terminal.type(`${PREFIX}\r\x1b[C\x1b[C`);
    await terminal.sees('── text');
    await terminal.sees(/word 1 word 2/);
    await terminal.sees('still coming …');
    traced.release();
    await terminal.sees('stopped: end_turn');
    await terminal.sees('word 59');
    terminal.type('\x1b');
    await terminal.sees(/sonnet.* 200 +\d+ .*\$/);
    terminal.type(`${PREFIX}\r`);
    expect((await afterwards(terminal)).exit).toBe(5);
  });

  it('shows and rates what this run captured, not what others did before', async () => {
    const traced = await behindApi();
    const { sandbox, env } = traced;
    await sandbox.run(['wrap', '--quiet', '--', ...client({ requests: [{ body: message('before') }] })], { env });
    const terminal = open(traced, ['wrap', '--layout', 'split', '--', 'sh', '-c', 'echo ready; read line']);
    await terminal.sees('ready');
    await terminal.sees('[1 requests]');
    terminal.type(`${PREFIX}+`);
    await terminal.sees('captured yet');
    terminal.type('\r');
    await terminal.ended;
    expect(await rated(sandbox)).toEqual([]);
  });

  it('says nothing on the terminal while the panel stands, and with --live everything after it', async () => {
    const traced = await behindApi();
    const terminal = open(traced, ['wrap', '--live', '--layout', 'split', '--', ...asking('tidy up')]);
    await terminal.sees(ITS_SOURCE);
    expect(terminal.written).not.toContain('/v1/messages');
    terminal.type('\r');
    await afterwards(terminal);
    expect(terminal.mainScreen()).toMatch(/sonnet-4-5.* 200 /);
  });

  it('has the exit codes of a shell for a command that is missing, and touches no terminal', async () => {
    const terminal = open(await behindApi(), ['wrap', '--layout', 'split', '--', 'no-such-command']);
    expect((await afterwards(terminal)).exit).toBe(127);
    expect(terminal.mainScreen()).toContain('claude-trace: Command not found: no-such-command');
    expect(terminal.written).not.toContain('\x1b[?1049h');
  });

  it('is not used if a side is not a terminal', async () => {
    const { sandbox } = await behindApi();
    const ended = await sandbox.run(['wrap', '--quiet', '--layout', 'split', '--', 'echo', 'mine']);
    expect(ended.stdout.toString()).toBe('mine\n');
    expect(ended.stderr.toString()).toBe('');
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)('passes on %s, and ends as the command does, with the terminal as it was', async (signal, code) => {
    const traced = await behindApi();
    const terminal = open(traced, [
      'wrap',
      '--quiet',
      '--layout',
      'split',
      '--',
      'sh',
      '-c',
      'echo "of $PPID."; exec cat',
    ]);
    await terminal.sees(/of \d+\./);
    const [, pid] = /of (\d+)\./.exec(terminal.rows().join('\n')) ?? [];
    await answersAreRead(terminal);
    process.kill(Number(pid), signal);
    const { exit, before, after } = await afterwards(terminal);
    expect(exit).toBe(code);
    expect(after).toBe(before);
    expect(terminal.emulator.buffer.active.type).toBe('normal');
  });

  it('a defect of the main thread restores the terminal and ends the command', async () => {
    const crashing = { NODE_OPTIONS: `--require ${CRASHING}` };
    const command = ['sh', '-c', 'echo "of $PPID, is $$."; exec cat'];
    const terminal = open(await behindApi(), ['wrap', '--layout', 'split', '--', ...command], crashing);
    await terminal.sees(/of \d+, is \d+\./);
    const [, pid, child] = /of (\d+), is (\d+)\./.exec(terminal.rows().join('\n')) ?? [];
    await answersAreRead(terminal);
    process.kill(Number(pid), 'SIGUSR2');
    const { exit, before, after } = await afterwards(terminal);
    expect(exit).toBe(1);
    expect(after).toBe(before);
    expect(terminal.emulator.buffer.active.type).toBe('normal');
    expect(terminal.tracked.cursorVisible()).toBe(true);
    expect(terminal.mainScreen()).toContain('a defect of ours');
    await expect.poll(() => isAlive(Number(child)), { timeout: 20_000 }).toBe(false);
  });

  it('gives the panel the width that it had in the last run', async () => {
    const traced = await behindApi();
    const child = ['sh', '-c', 'stty size; read line'];
    const widenFrom = async (size: string) => {
      const terminal = open(traced, ['wrap', '--quiet', '--layout', 'split', '--', ...child]);
      await terminal.sees(size);
      terminal.type(`${PREFIX}<`);
      terminal.type('\r');
      await terminal.ended;
    };
    await widenFrom('40 96');
    await widenFrom('40 92');
    const file = join(dirname(traced.sandbox.database), 'panel.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ beside: 0.438 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    writeFileSync(file, 'spoilt');
    await widenFrom('40 96');
  });

  it('goes to the panel with the key that the configuration names', async () => {
    const traced = await behindApi();
    await traced.sandbox.configure({ 'ui.prefix': 'ctrl-t' });
    const terminal = open(traced, ['wrap', '--quiet', '--', 'sh', '-c', 'stty -echo raw; echo ready; cat -v']);
    await terminal.sees(/Ctrl-T to this panel/);
    await terminal.sees('ready');
    terminal.type(`${PREFIX}.`);
    await terminal.sees('^].');
    terminal.type('\x14');
    await terminal.sees(/Ctrl-T send /);
    terminal.type('\x14');
    await terminal.sees('^T');
    terminal.type('\x14?');
    await terminal.sees('go one step back, then remove all filters');
    terminal.kill('SIGHUP');
    await terminal.ended;
  });

  it('is what auto means on a terminal, unless the configuration says otherwise', async () => {
    const traced = await behindApi();
    const terminal = open(traced, ['wrap', '--quiet', '--', 'sh', '-c', 'echo ready; read line']);
    await terminal.sees('[1 requests]');
    terminal.type('\r');
    await terminal.ended;
    await traced.sandbox.configure({ 'ui.layout': 'none' });
    const plain = open(traced, ['wrap', '--quiet', '--', 'echo', 'mine']);
    await afterwards(plain);
    expect(plain.mainScreen()).toContain('mine');
    expect(plain.written).not.toContain('\x1b[?1049h');
  });

  it('a command that stops itself stops wrap too, and fg brings back both with the panel', async () => {
    const script = 'echo ready; read line; kill -STOP $$; echo "going on"; read line; exit 4';
    const terminal = open(
      await behindApi(),
      ['wrap', '--quiet', '--layout', 'split', '--', 'sh', '-c', script],
      {},
      'echo "stopped $?, raw: $(stty -a | grep -c -- "-icanon")"; read line; fg',
    );
    await terminal.sees('ready');
    terminal.type('\r');
    await terminal.sees('stopped 147, raw: 0');
    expect(terminal.emulator.buffer.active.type).toBe('normal');
    terminal.type('\r');
    await terminal.sees('going on');
    await terminal.sees('[1 requests]');
    terminal.type('\r');
    expect((await afterwards(terminal)).exit).toBe(4);
  });

  it('stops with a command that asks for it in vain: its process group is orphaned', async () => {
    // As Claude Code 2.1 does on Ctrl-Z.
    const script = `
      const { stdin, stdout } = process;
      stdin.setRawMode(true);
      stdout.write('\\x1b[?2004hready');
      stdin.on('data', (key) => {
        if (key[0] !== 0x1a) process.exit(4);
        stdout.write('\\x1b[?2004l');
        process.on('SIGCONT', () => stdout.write('\\x1b[?2004h going on'));
        process.kill(0, 'SIGTSTP');
      });`;
    const terminal = open(
      await behindApi(),
      ['wrap', '--quiet', '--layout', 'split', '--', process.execPath, '-e', script],
      {},
      'echo "stopped $?"; read line; fg',
    );
    await terminal.sees('ready');
    await expect.poll(() => terminal.tracked.modes().bracketedPaste, { timeout: 30_000 }).toBe(true);
    terminal.type('\x1a');
    await terminal.sees('stopped 147');
    terminal.type('\r');
    await terminal.sees('going on');
    terminal.type('x');
    expect((await afterwards(terminal)).exit).toBe(4);
  });

  it('a terminal that cannot be drawn on gets the command without a panel, and a sentence that says so', async () => {
    const terminal = open(await behindApi(), ['wrap', '--layout', 'split', '--', ...asking('tidy up', 6)], {
      TERM: 'dumb',
    });
    await terminal.sees('it was answered');
    expect(terminal.written).not.toContain('\x1b[');
    terminal.type('\r');
    expect((await afterwards(terminal)).exit).toBe(6);
    expect(terminal.mainScreen()).toMatch(
      /claude-trace: No panel was shown: a terminal of type dumb cannot be drawn on/,
    );
  });

  it('a terminal that nobody reads does not keep wrap from ending with the command', async () => {
    const flood = 'echo "of $PPID."; read line; exec awk "BEGIN { while (1) print rand() rand() rand() rand() }"';
    const terminal = open(await behindApi(), ['wrap', '--layout', 'split', '--', 'sh', '-c', flood]);
    await terminal.sees(/of \d+\./);
    const pid = Number(/of (\d+)\./.exec(terminal.rows().join('\n'))?.[1]);
    terminal.freeze();
    terminal.type('\r');
    // What the kernel keeps for the reader is full by then.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    process.kill(pid, 'SIGTERM');
    await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
  });

  it('a killed claude-trace leaves the terminal as it was', async () => {
    const command = ['sh', '-c', `printf '\\033[?1003h\\033[?2004h'; echo "of $PPID."; exec cat`];
    const after = 'sleep 2';
    const terminal = open(await behindApi(), ['wrap', '--layout', 'split', '--', ...command], {}, after);
    await terminal.sees(/of \d+\./);
    await expect.poll(() => terminal.tracked.modes().mouse, { timeout: 20_000 }).toBe(1003);
    process.kill(Number(/of (\d+)\./.exec(terminal.rows().join('\n'))?.[1]), 'SIGKILL');
    const { before, after: settings } = await afterwards(terminal);
    expect(settings).toBe(before);
    expect(terminal.emulator.buffer.active.type).toBe('normal');
    expect(terminal.tracked.modes()).toMatchObject({ mouse: 0, bracketedPaste: false });
    expect(terminal.tracked.cursorVisible()).toBe(true);
  });

  it('runs the command without a panel where there is no pseudo-terminal, and says so', async () => {
    const without = { NODE_OPTIONS: `--require ${NO_PTY}` };
    const terminal = open(await behindApi(), ['wrap', '--layout', 'split', '--', ...asking('tidy up', 6)], without);
    await terminal.sees('it was answered');
    expect(terminal.written).not.toContain('\x1b[?1049h');
    terminal.type('\r');
    expect((await afterwards(terminal)).exit).toBe(6);
    expect(terminal.mainScreen()).toMatch(/claude-trace: No panel was shown: no pseudo-terminal/);
    expect(terminal.mainScreen()).toMatch(/claude-trace: 1 request/);
  });
});
