import { spawn } from '@lydell/node-pty';
import unicode11 from '@xterm/addon-unicode11';
import headless from '@xterm/headless';
import { trackModes } from '../../src/tui/split/emulator/mode-tracker.js';
import { type Frame, readFrame } from './frame.js';
import type { Palette } from './palette.js';

/** A terminal with a program in it, that can be typed into and looked at. */
export interface FilmedTerminal {
  /** What can be read on it. */
  text(): string;
  frame(): Frame;
  type(keys: string): void;
  /** @throws Error when it does not appear for a minute */
  sees(what: RegExp): Promise<void>;
  ended: Promise<number>;
  kill(): void;
}

const LONGEST_WAIT_MS = 60_000;
const LOOK_EVERY_MS = 20;

/** Starts a program on a terminal of these colours, which answers when it is asked for them. */
export function filmTerminal(
  [file = '', ...args]: readonly string[],
  { columns, rows, palette, env }: { columns: number; rows: number; palette: Palette; env: NodeJS.ProcessEnv },
): FilmedTerminal {
  const emulator = new headless.Terminal({ cols: columns, rows, allowProposedApi: true });
  emulator.loadAddon(new unicode11.Unicode11Addon());
  emulator.unicode.activeVersion = '11';
  const modes = trackModes(emulator);
  for (const [code, colour] of [
    [10, palette.text],
    [11, palette.background],
  ] as const) {
    emulator.parser.registerOscHandler(code, (data) => {
      if (data === '?') pty.write(`\x1b]${code};rgb:${colour.slice(1).match(/../g)?.join('/')}\x1b\\`);
      return true;
    });
  }
  const pty = spawn(file, [...args], { cols: columns, rows, env, name: 'xterm-256color' });
  emulator.onData((data) => pty.write(data));
  pty.onData((data) => emulator.write(data));
  const ended = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode }) => resolve(exitCode));
  });

  function text(): string {
    const { active } = emulator.buffer;
    return Array.from(
      { length: rows },
      (_, y) => active.getLine(active.viewportY + y)?.translateToString(true) ?? '',
    ).join('\n');
  }

  return {
    text,
    frame: () => readFrame(emulator, palette, modes.cursorVisible()),
    type: (keys) => pty.write(keys),
    async sees(what) {
      for (const until = Date.now() + LONGEST_WAIT_MS; !what.test(text()); ) {
        if (Date.now() > until) throw new Error(`${what} does not appear on the terminal:\n${text()}`);
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
    },
    ended,
    kill: () => pty.kill('SIGKILL'),
  };
}
