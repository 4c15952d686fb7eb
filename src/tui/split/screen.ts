import unicode11 from '@xterm/addon-unicode11';
import headless from '@xterm/headless';
import { answerQueries } from './answers.js';
import { linkTarget } from './cell-details.js';
import type { ChildModes } from './child-modes.js';
import type { Size } from './layout.js';
import { trackModes } from './mode-tracker.js';
import { passOn } from './passed-on.js';
import { createRowWriter } from './rows.js';
import type { KnownTerminal } from './terminal-facts.js';
import { transcriptOf } from './transcript.js';

/** Lines that scrolled out of the child's screen and can be looked at again. */
const SCROLLBACK_LINES = 5_000;

export interface Cursor {
  x: number;
  y: number;
  /** DECSCUSR; 0 is the terminal's own. */
  style: number;
}

export interface ScreenListener {
  /** What the child's terminal answers to a question of the child. */
  onAnswer(data: string): void;
  /** For the terminal outside, as it is. */
  onPassedOn(sequence: string): void;
  /** The child finished a synchronized update: this moment's screen is whole. */
  onWholeFrame(): void;
}

/** The child's terminal: takes what it writes and tells how its screen looks. */
export interface Screen {
  write(data: Buffer, done: () => void): void;
  /** A key was typed: what comes next is likely its echo, and is taken at once. */
  expectEcho(): void;
  resize(size: Size): void;
  /** What the user looks at: `height` rows of `width` cells; scrolled back, older ones. */
  rows(size: Size): string[];
  /** Null when the child hides it, or it is out of sight. */
  cursor(): Cursor | null;
  modes(): ChildModes;
  /** In the middle of a synchronized update. */
  isUpdating(): boolean;
  /** Negative: back. */
  scroll(lines: number): void;
  scrollToEnd(): void;
  /** How many lines the user looks back. */
  scrolledBack(): number;
  /** What the main screen and the lines above it say, without what full-screen programs drew. */
  transcript(): string[];
  dispose(): void;
}

export function createScreen(size: Size, outside: KnownTerminal, listener: ScreenListener): Screen {
  const terminal = new headless.Terminal({
    cols: size.width,
    rows: size.height,
    scrollback: SCROLLBACK_LINES,
    // The parser's hooks and the Unicode versions are "proposed".
    allowProposedApi: true,
    windowOptions: { getWinSizeChars: true },
  });
  terminal.loadAddon(new unicode11.Unicode11Addon());
  terminal.unicode.activeVersion = '11';
  const tracked = trackModes(terminal);
  answerQueries(terminal, outside, () => tracked.modes().kittyKeyboard, listener.onAnswer);
  passOn(terminal, listener.onPassedOn);
  terminal.onData((data) => {
    if (data !== '') listener.onAnswer(data);
  });
  terminal.parser.registerCsiHandler({ prefix: '?', final: 'l' }, (params) => {
    if (params.includes(2026) && terminal.modes.synchronizedOutputMode) listener.onWholeFrame();
    return false;
  });
  const writer = createRowWriter(terminal.buffer.active.getNullCell(), (link) => linkTarget(terminal, link));
  const scrolledBack = () => terminal.buffer.active.baseY - terminal.buffer.active.viewportY;

  return {
    write: (data, done) => terminal.write(data, done),
    // The emulator collects output for a moment, unless the user has just typed.
    expectEcho: () => terminal.input('', true),
    resize: ({ width, height }) => terminal.resize(width, height),
    rows({ width, height }) {
      const buffer = terminal.buffer.active;
      return Array.from({ length: height }, (_, y) => writer.row(buffer.getLine(buffer.viewportY + y), width));
    },
    cursor() {
      const { cursorX, cursorY } = terminal.buffer.active;
      if (!tracked.cursorVisible() || scrolledBack() > 0) return null;
      // Behind the last column it waits for the next character.
      return { x: Math.min(cursorX, terminal.cols - 1), y: cursorY, style: tracked.cursorStyle() };
    },
    modes: tracked.modes,
    isUpdating: () => terminal.modes.synchronizedOutputMode,
    scroll: (lines) => terminal.scrollLines(lines),
    scrollToEnd: () => terminal.scrollToBottom(),
    scrolledBack,
    transcript: () => transcriptOf(terminal.buffer.normal, writer),
    dispose: () => terminal.dispose(),
  };
}
