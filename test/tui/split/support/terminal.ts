import { spawn } from '@lydell/node-pty';
import unicode11 from '@xterm/addon-unicode11';
import headless from '@xterm/headless';
import { expect } from 'vitest';
import { drainOnClose } from '../../../../src/tui/split/child/drain-pty.js';
import { type TrackedModes, trackModes } from '../../../../src/tui/split/emulator/mode-tracker.js';

/** A terminal with a program in it: what a person at a terminal can do and see. */
export class TestTerminal {
  readonly emulator: InstanceType<typeof headless.Terminal>;
  readonly ended: Promise<{ exitCode: number; signal?: number | undefined }>;
  /** All bytes that the program wrote. */
  written = '';
  /** What the program has asked of the terminal. */
  readonly tracked: TrackedModes;
  readonly #pty: ReturnType<typeof spawn>;

  constructor(
    command: string,
    args: readonly string[],
    options: {
      width?: number;
      height?: number;
      env?: NodeJS.ProcessEnv;
      background?: string | undefined;
      keyboardDelayMs?: number;
      attributesDelayMs?: number;
    } = {},
  ) {
    const {
      width = 120,
      height = 30,
      env = process.env,
      background,
      keyboardDelayMs = 0,
      attributesDelayMs = 0,
    } = options;
    this.emulator = new headless.Terminal({ cols: width, rows: height, scrollback: 1_000, allowProposedApi: true });
    this.emulator.loadAddon(new unicode11.Unicode11Addon());
    this.emulator.unicode.activeVersion = '11';
    this.tracked = trackModes(this.emulator);
    // It has the kitty keyboard protocol, too.
    this.emulator.parser.registerCsiHandler({ prefix: '?', final: 'u' }, () => {
      const answer = () => this.#pty.write(`\x1b[?${this.tracked.modes().kittyKeyboard}u`);
      if (keyboardDelayMs === 0) answer();
      else setTimeout(answer, keyboardDelayMs);
      return true;
    });
    this.emulator.parser.registerCsiHandler({ final: 'c' }, () => {
      if (attributesDelayMs === 0) return false;
      setTimeout(() => this.#pty.write('\x1b[?1;2c'), attributesDelayMs);
      return true;
    });
    // Without a background of its own it does not answer what colour that is.
    this.emulator.parser.registerOscHandler(11, (data) => {
      if (data === '?' && background !== undefined) this.#pty.write(`\x1b]11;${background}\x1b\\`);
      return true;
    });
    this.#pty = spawn(command, [...args], { cols: width, rows: height, env, name: env.TERM ?? 'xterm-256color' });
    this.emulator.onData((data) => this.#pty.write(data));
    const take = (data: string): void => {
      this.written += data;
      this.emulator.write(data);
    };
    this.#pty.onData(take);
    drainOnClose(this.#pty, (data) => take(data.toString()));
    this.ended = new Promise((resolve) => {
      this.#pty.onExit((end) => this.emulator.write('', () => resolve(end)));
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  type(keys: string): void {
    this.#pty.write(keys);
  }

  /** Nobody reads what the program writes, as when the window is frozen. */
  freeze(): void {
    this.#pty.pause();
  }

  resize(width: number, height: number): void {
    this.emulator.resize(width, height);
    this.#pty.resize(width, height);
  }

  kill(signal: NodeJS.Signals): void {
    this.#pty.kill(signal);
  }

  /** What can be seen, a string a row. */
  rows(): string[] {
    const { active } = this.emulator.buffer;
    return Array.from(
      { length: this.emulator.rows },
      (_, y) => active.getLine(active.viewportY + y)?.translateToString(true) ?? '',
    );
  }

  /** Everything on the main screen and above it. */
  mainScreen(): string {
    const { normal } = this.emulator.buffer;
    return Array.from({ length: normal.length }, (_, y) => normal.getLine(y)?.translateToString(true) ?? '')
      .join('\n')
      .trimEnd();
  }

  async sees(text: string | RegExp): Promise<void> {
    await expect.poll(() => this.rows().join('\n'), { timeout: 30_000, interval: 20 }).toMatch(text);
  }

  async seesNot(text: string | RegExp): Promise<void> {
    await expect.poll(() => this.rows().join('\n'), { timeout: 30_000, interval: 20 }).not.toMatch(text);
  }
}
