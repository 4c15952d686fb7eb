import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PLAIN_MODES } from '../../../src/tui/split/child/child-modes.js';
import { isAlive } from '../../support/is-alive.js';
import { hostLine, inSplitPane, keys, onVanishingTerminal } from './support/host-terminal.js';
import { TestTerminal } from './support/terminal.js';

const PREFIX = '\x1d';
const node = process.execPath;

let open: TestTerminal[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const terminal of open) terminal.kill('SIGKILL');
  open = [];
});

function pane(command: string[], size?: { width: number; height: number }): TestTerminal {
  const terminal = inSplitPane(command, size);
  open.push(terminal);
  return terminal;
}

describe('a child in the split pane', () => {
  it('has the left pane as its terminal, gets keys, and its exit code is ours', async () => {
    vi.stubEnv('COLORTERM', 'truecolor');
    const terminal = pane([
      'sh',
      '-c',
      'stty size; echo $TERM $COLORTERM; read line; echo "[$line]"; read end; exit 5',
    ]);
    await terminal.sees('30 72');
    await terminal.sees('xterm-256color truecolor');
    await terminal.sees('size 46x30');
    terminal.type('ünï 日本\r');
    await terminal.sees('[ünï 日本]');
    terminal.type('\r');
    expect(await terminal.ended).toMatchObject({ exitCode: 5 });
    expect(terminal.mainScreen()).toContain('[ünï 日本]');
    expect(terminal.mainScreen()).toContain('ended 5 null');
    expect(terminal.mainScreen()).not.toContain('PANEL');
  });

  it('reports the signal that ended it', async () => {
    const terminal = pane(['sh', '-c', 'kill -TERM $$']);
    await terminal.ended;
    expect(terminal.mainScreen()).toContain('ended 143 SIGTERM');
  });

  it('is not started if the command is missing, with the exit code of a shell', async () => {
    const terminal = pane(['no-such-command-anywhere']);
    expect(await terminal.ended).toMatchObject({ exitCode: 127 });
    expect(terminal.written).not.toContain('\x1b[?1049h');
  });

  it('gets Ctrl-C as a key in raw mode, otherwise as a signal', async () => {
    const raw = pane([node, keys]);
    await raw.sees('ready');
    raw.type('\x03');
    await raw.sees('got 1 ');
    const cooked = pane(['sh', '-c', 'trap "echo interrupted; exit 3" INT; echo waiting; while :; do sleep 1; done']);
    await cooked.sees('waiting');
    cooked.type('\x03');
    expect(await cooked.ended).toMatchObject({ exitCode: 3 });
    expect(cooked.mainScreen()).toContain('interrupted');
  });

  it('gets a paste of 5,000 characters unchanged, with the prefix key in it', async () => {
    const terminal = pane([node, keys, '[?2004h']);
    await terminal.sees('ready');
    await expect.poll(() => terminal.tracked.modes().bracketedPaste).toBe(true);
    const text = `${'pasted ünï 日本 👍🏽 \x1d '.repeat(300).slice(0, 4_990)}the end`;
    const paste = `\x1b[200~${text}\x1b[201~`;
    terminal.type(paste);
    const bytes = Buffer.from(paste);
    await terminal.sees(`got ${bytes.length} ${createHash('sha256').update(bytes).digest('hex').slice(0, 8)}`);
    await terminal.sees('focus none');
  });

  it('gets mouse reports in its own coordinates, and none for the panel', async () => {
    const terminal = pane([node, keys, '[?1002h', '[?1006h']);
    await terminal.sees('ready');
    await expect.poll(() => terminal.tracked.modes().mouse).toBe(1002);
    terminal.type('\x1b[<0;80;3M\x1b[<0;80;3m');
    terminal.type('\x1b[<0;5;3M');
    await terminal.sees(/got 9 \w+ \\u001b\[<0;5;3M/);
    // Let go outside: told at the edge.
    terminal.type('\x1b[<0;90;3m');
    await terminal.sees(/got 19 \w+ .*\[<0;72;3m/);
  });

  it('has its output scrolled back by the wheel while it asks for no mouse, and a click moves the keyboard', async () => {
    const terminal = pane(['sh', '-c', 'seq 100; echo last; cat']);
    await terminal.sees('last');
    await expect.poll(() => terminal.tracked.modes().mouse).toBe(1002);
    terminal.type('\x1b[<64;5;5M');
    await terminal.sees('3 lines back');
    await terminal.seesNot('last');
    terminal.type('\x1b[<65;5;5M');
    await terminal.sees('last');
    terminal.type('\x1b[<65;5;5M\x1b[<64;5;5M\x1b[<64;5;5M');
    await terminal.sees('6 lines back');
    terminal.type('a word\r');
    await terminal.sees(/^a word +│[\s\S]*^a word/m);
    await terminal.seesNot('lines back');
    terminal.type('\x1b[<0;75;3M\x1b[<0;75;3m');
    await terminal.sees(/typed \(press 0 2\)/);
    await terminal.sees('focus panel');
    terminal.type('\x1b[<64;80;1M');
    await terminal.sees(/typed \(press 0 2\)\(wheelUp 5 0\)/);
    terminal.type('\x1b[<0;5;3M\x1b[<0;5;3m');
    await terminal.sees('focus none');
    terminal.type('typed to the child\r');
    await terminal.sees(/^typed to the child/m);
  });

  it('gets arrows for the wheel when it fills the screen and asks for no mouse', async () => {
    const terminal = pane([node, keys, '[?1049h', '[?1h']);
    await terminal.sees('ready');
    terminal.type('\x1b[<64;5;5M');
    await terminal.sees(/got 9 \w+ (\\u001bOA){3}/);
  });

  it('can leave the mouse to the outer terminal', async () => {
    vi.stubEnv('NO_MOUSE', '1');
    const terminal = pane([node, keys]);
    await terminal.sees('ready');
    terminal.type(`${PREFIX}p`);
    await terminal.sees('focus panel');
    expect(terminal.written).not.toMatch(/\[\?100[0-3]h/);
  });

  it('gets answers from its terminal, and the keyboard protocol from the terminal outside', async () => {
    const terminal = pane([node, keys, '[c']);
    await terminal.sees('\\u001b[?1;2c');
    const asked = pane([node, keys]);
    await asked.sees('ready');
    // A terminal that is busy, as this process may be, says what it has after the child has begun: then the child asks in vain.
    const ask = () => {
      asked.type('?');
      return asked.rows().join('\n');
    };
    await expect.poll(ask, { interval: 200 }).toMatch('\\u001b[?0u');
  });

  it('keeps the panel in place beside wide characters and emoji', async () => {
    const terminal = pane(['sh', '-c', 'echo 日本語日本語; echo "👍🏽 👨‍👩‍👧 ❤️ e\u0301"; cat']);
    await terminal.sees('日本語');
    await terminal.sees('❤');
    const dividers = terminal.emulator.buffer.active;
    for (let y = 0; y < 30; y += 1) expect(dividers.getLine(y)?.getCell(72)?.getChars()).toBe('│');
  });

  it('passes on title, bell and hyperlinks', async () => {
    const terminal = pane([
      'sh',
      '-c',
      String.raw`printf '\033]2;my title\007\007\033]8;;https://example.test/\033\\link\033]8;;\033\\\n'; cat`,
    ]);
    const told: string[] = [];
    terminal.emulator.onTitleChange((title) => told.push(title));
    terminal.emulator.onBell(() => told.push('bell'));
    await terminal.sees('link');
    expect(told).toEqual(expect.arrayContaining(['my title', 'bell']));
    expect(terminal.written).toContain(';https://example.test/\x1b\\link');
  });

  it('can be stopped in the middle of a flood', async () => {
    const terminal = pane(['sh', '-c', 'trap "exit 4" INT; yes flood']);
    await terminal.sees('flood');
    terminal.type('\x03');
    expect(await terminal.ended).toMatchObject({ exitCode: 4 });
  });

  it('leaves the main screen untouched when it drew on the alternate one', async () => {
    const terminal = pane([node, keys, '[?1049h', '[H']);
    await terminal.sees('ready');
    terminal.type('\x04');
    expect(await terminal.ended).toMatchObject({ exitCode: 7 });
    expect(terminal.mainScreen()).toBe('ended 7 null');
  });
});

describe('resizing', () => {
  it('a new size of the terminal reaches command and panel, down to 20x5 and back', async () => {
    const terminal = pane([node, keys]);
    await terminal.sees('size 72x30');
    terminal.resize(20, 5);
    await terminal.sees('size 20x4');
    await terminal.sees('STATUS');
    terminal.resize(2, 1);
    terminal.resize(90, 40);
    await terminal.sees('size 90x24');
    await terminal.sees('size 90x15');
    terminal.resize(120, 30);
    await terminal.sees('size 72x30');
    await terminal.sees('size 46x30');
    terminal.type('still here');
    await terminal.sees('got 10 ');
  });
});

describe('the prefix key', () => {
  it('shows a panel that has room only for its status row', async () => {
    const terminal = pane([node, keys], { width: 80, height: 24 });
    await terminal.sees('size 80x23');
    await terminal.sees('STATUS  80x24');
    terminal.type(`${PREFIX}\t`);
    await terminal.sees('PANEL');
    await terminal.seesNot('ready');
    terminal.type(PREFIX);
    await terminal.sees('ready');
    await terminal.seesNot('PANEL');
  });

  it("moves the keyboard to the panel and back, and the child's modes with it", async () => {
    const terminal = pane([node, keys, '[?2004h', '[?1004h', '[>1u']);
    await terminal.sees('ready');
    await expect
      .poll(() => terminal.tracked.modes())
      .toMatchObject({ bracketedPaste: true, focusEvents: true, kittyKeyboard: 1 });
    terminal.type('\x1b[93;5u');
    await terminal.sees('focus armed');
    await terminal.sees('r release');
    terminal.type('\x1b[B');
    await terminal.sees('typed \\u001b[B');
    // Focus out.
    await terminal.sees('\\u001b[O');
    expect(terminal.tracked.modes()).toMatchObject({ bracketedPaste: true, focusEvents: false, kittyKeyboard: 0 });
    terminal.type(PREFIX);
    await terminal.sees('focus none');
    await terminal.sees('\\u001b[I');
    await expect.poll(() => terminal.tracked.modes()).toMatchObject({ bracketedPaste: true, kittyKeyboard: 1 });
  });

  it('gives one key to the panel without leaving the child', async () => {
    const terminal = pane([node, keys]);
    await terminal.sees('ready');
    terminal.type(`${PREFIX}+`);
    await terminal.sees('prefixed +');
    terminal.type('ab');
    await terminal.sees('got 2 ');
  });

  it('zooms the child, hides the panel, and shows both again', async () => {
    const terminal = pane([node, keys]);
    await terminal.sees('size 72x30');
    terminal.type(`${PREFIX}z`);
    await terminal.sees('size 120x30');
    await terminal.seesNot('PANEL');
    terminal.type(`${PREFIX}z`);
    await terminal.sees('PANEL');
    terminal.type(`${PREFIX}h`);
    await terminal.sees('size 120x29');
    await terminal.sees('STATUS');
    terminal.type(`${PREFIX}\t`);
    await terminal.sees('typed \\t');
    terminal.type('Z');
    await terminal.sees('size 120x30');
    await terminal.seesNot('ready');
    terminal.type('q');
    await terminal.sees('ready');
  });

  it('moves the border by keys and by the mouse, and says where it was left', async () => {
    const terminal = pane([node, keys], { width: 200, height: 30 });
    await terminal.sees('size 120x30');
    terminal.type(`${PREFIX}<`);
    await terminal.sees('size 116x30');
    await terminal.sees('size 82x30');
    terminal.type(`${PREFIX}>`);
    await terminal.sees('size 120x30');
    terminal.type(`${PREFIX}p`);
    await terminal.sees('focus panel');
    terminal.type('<');
    await terminal.sees('size 116x30');
    terminal.type('\x1b[<0;117;9M\x1b[<32;110;9M\x1b[<32;101;9M\x1b[<0;101;9m');
    await terminal.sees('size 100x30');
    await terminal.sees('size 98x30');
    terminal.type('\x1b[<0;101;9M\x1b[<32;1;9M\x1b[<0;1;9m');
    await terminal.sees('size 40x30');
    terminal.type('q');
    await terminal.sees('focus none');
    terminal.type('\x04');
    await terminal.ended;
    const [, shared = ''] = /shared (.*)/.exec(terminal.mainScreen()) ?? [];
    expect(JSON.parse(shared)).toEqual([82, 78, 82, 98, 158].map((width) => ({ beside: width / 200 })));
  });

  it('scrolls back without disturbing the child', async () => {
    const terminal = pane([
      'sh',
      '-c',
      'i=0; while [ $i -lt 100 ]; do echo "line $i."; i=$((i+1)); done; read line; echo "[$line]"; read line',
    ]);
    await terminal.sees('line 99.');
    terminal.type(`${PREFIX}[`);
    await terminal.sees('0 lines back');
    terminal.type('g');
    await terminal.sees('line 0.');
    terminal.type('q');
    await terminal.sees('line 99.');
    terminal.type('typed\r');
    await terminal.sees('[typed]');
  });
});

describe('a panel that fails', () => {
  it('a panel that fails leaves the whole terminal to the command', async () => {
    const terminal = pane([node, keys]);
    await terminal.sees('ready');
    terminal.type(PREFIX);
    await terminal.sees('focus armed');
    terminal.type('x');
    await terminal.sees('size 120x30');
    await terminal.seesNot('PANEL');
    terminal.type('go on');
    await terminal.sees('got 5 ');
  });
});

describe('a terminal that is gone', () => {
  it('a terminal that is closed ends the command and claude-trace', async () => {
    const [command = '', ...args] = onVanishingTerminal(node, keys);
    const window = new TestTerminal(command, args);
    open.push(window);
    await window.sees(/ready \d+ \d+/);
    const [, host, child] = /ready (\d+) (\d+)/.exec(window.rows().join('\n')) ?? [];
    window.kill('SIGKILL');
    await expect
      .poll(() => [isAlive(Number(host)), isAlive(Number(child))], { timeout: 30_000 })
      .toEqual([false, false]);
  });
});

describe('lending the terminal', () => {
  it('gives another program the restored terminal, and then the child again', async () => {
    const terminal = pane([node, keys, '[?2004h']);
    await terminal.sees('ready');
    await expect.poll(() => terminal.tracked.modes().bracketedPaste).toBe(true);
    terminal.type(`${PREFIX}\t`);
    await terminal.sees('typed \\t');
    terminal.type('L');
    await terminal.sees('borrowed');
    expect(terminal.emulator.buffer.active.type).toBe('normal');
    terminal.type('line\r');
    await terminal.sees('ready');
    terminal.type(PREFIX);
    await expect.poll(() => terminal.tracked.modes().bracketedPaste).toBe(true);
  });

  it('draws everything after our process was stopped and continued', async () => {
    const terminal = pane([node, keys]);
    await terminal.sees(/ready \d+/);
    process.kill(terminal.pid, 'SIGSTOP');
    terminal.emulator.write('\x1b[2J\x1b[?1049lshell prompt');
    await terminal.sees('shell prompt');
    process.kill(terminal.pid, 'SIGCONT');
    await terminal.sees(/ready \d+/);
    terminal.type('go on');
    await terminal.sees('got 5 ');
  });
});

describe('the terminal is restored', () => {
  const allModes = [
    '[?1049h',
    '[?2004h',
    '[?1004h',
    '[?1003h',
    '[?1006h',
    '[?1h',
    '=',
    '[>5u',
    '[>4;2m',
    '[?25l',
    '[5 q',
    '[?2026h',
  ];

  /** A shell that tells the terminal's settings before and after a child with all these modes ran in the pane. */
  async function shell() {
    const line = `echo "before $(stty -g)"; ${hostLine(node, keys, ...allModes)}; echo "code $?"; echo "after $(stty -g)"; read end`;
    const terminal = new TestTerminal('sh', ['-c', line]);
    open.push(terminal);
    await terminal.sees(/ready \d+ \d+/);
    await expect
      .poll(() => terminal.tracked.modes())
      .toMatchObject({ mouse: 1003, kittyKeyboard: 5, modifyOtherKeys: 2, applicationCursor: true });
    const [, host, child] = /ready (\d+) (\d+)/.exec(terminal.rows().join('\n')) ?? [];
    return { terminal, host: Number(host), child: Number(child) };
  }

  it.each<[string, number, (run: Awaited<ReturnType<typeof shell>>) => void]>([
    ['the child has exited', 7, ({ terminal }) => terminal.type('\x04')],
    ['SIGTERM', 143, ({ host }) => process.kill(host, 'SIGTERM')],
    ['SIGHUP', 129, ({ host }) => process.kill(host, 'SIGHUP')],
    ['kill -9 of the child', 137, ({ child }) => process.kill(child, 'SIGKILL')],
    ['an uncaught error of ours', 1, ({ terminal }) => terminal.type('\x1b[93;5uX')],
  ])('after %s', async (_, code, end) => {
    const run = await shell();
    end(run);
    const { terminal } = run;
    await terminal.sees('after ');
    expect(terminal.mainScreen()).toContain(`code ${code}`);
    const [, before] = /before (\S+)/.exec(terminal.mainScreen()) ?? [];
    expect(terminal.mainScreen()).toContain(`after ${before}`);
    expect(terminal.tracked.modes()).toEqual(PLAIN_MODES);
    expect(terminal.tracked.cursorVisible()).toBe(true);
    expect(terminal.tracked.cursorStyle()).toBe(0);
    expect(terminal.emulator.buffer.active.type).toBe('normal');
    expect(terminal.emulator.modes).toMatchObject({ wraparoundMode: true, synchronizedOutputMode: false });
  });
});
