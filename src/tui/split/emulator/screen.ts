import unicode11 from '@xterm/addon-unicode11';
import headless from '@xterm/headless';
import type { ChildModes } from '../child/child-modes.js';
import { linkTarget } from '../draw/cell-details.js';
import { createCellReader } from '../draw/cell-reader.js';
import type { TerminalCursor } from '../draw/compositor.js';
import { type Grid, putCell } from '../draw/grid.js';
import type { Rect, Size } from '../layout.js';
import type { KnownTerminal } from '../outside/terminal-facts.js';
import type { TerminalKind } from '../outside/terminal-kind.js';
import { answerQueries } from './answers.js';
import { trackColours } from './dynamic-colours.js';
import { trackModes } from './mode-tracker.js';
import { passOn } from './passed-on.js';
import { transcriptOf } from './transcript.js';
import { fillGaps } from './vt-gaps.js';

const SCROLLBACK_LINES = 5_000;

export interface ScreenListener {
  /** The answer of the child's terminal to a question of the child. */
  onAnswer(data: string): void;
  /** For the terminal outside, unchanged. */
  onPassedOn(sequence: string): void;
  /** The child finished a synchronized update: the screen is whole right now. */
  onWholeFrame(): void;
}

/** The terminal of the child: parses its output and draws its screen. */
export interface Screen {
  write(data: Buffer, done: () => void): void;
  /** A key was typed: the next output is probably its echo and is parsed at once. */
  expectEcho(): void;
  resize(size: Size): void;
  /** Draws the screen, or the lines that the user has scrolled back to. */
  draw(grid: Grid, place: Rect): void;
  /** Changes whenever `draw` may draw something else. */
  version(): number;
  /** Null while it is not on the screen. */
  cursor(): TerminalCursor | null;
  modes(): ChildModes;
  /** A full-screen program draws on a screen without lines above it. */
  isAlternate(): boolean;
  /** In the middle of a synchronized update. */
  isUpdating(): boolean;
  /** @param lines negative for back */
  scroll(lines: number): void;
  scrollToEnd(): void;
  /** Lines that the user has scrolled back. */
  scrolledBack(): number;
  /** The main screen and the lines above it, without what full-screen programs drew. */
  transcript(): string[];
  dispose(): void;
}

/** @param kind of the terminal outside */
export function createScreen(size: Size, outside: KnownTerminal, kind: TerminalKind, listener: ScreenListener): Screen {
  const terminal = new headless.Terminal({
    cols: size.width,
    rows: size.height,
    scrollback: SCROLLBACK_LINES,
    // Parser hooks and Unicode versions are "proposed".
    allowProposedApi: true,
    // It would log sequences that it cannot parse to our terminal.
    logLevel: 'off',
    windowOptions: { getWinSizeChars: true },
  });
  terminal.loadAddon(new unicode11.Unicode11Addon());
  terminal.unicode.activeVersion = '11';
  fillGaps(terminal);
  const colours = trackColours(terminal.parser, outside, listener.onAnswer);
  const tracked = trackModes(terminal);
  answerQueries(terminal, outside, () => tracked.modes().kittyKeyboard, listener.onAnswer);
  passOn(terminal, kind.isXtermLike, listener.onPassedOn);
  terminal.onData((data) => {
    if (data !== '') listener.onAnswer(data);
  });
  let version = 0;
  const changed = (): void => {
    version += 1;
  };
  terminal.parser.registerCsiHandler({ prefix: '?', final: 'l' }, (params) => {
    if (params.includes(2026) && terminal.modes.synchronizedOutputMode) {
      changed();
      listener.onWholeFrame();
    }
    return false;
  });
  const reader = createCellReader({
    reused: terminal.buffer.active.getNullCell(),
    linkTarget: (link) => linkTarget(terminal, link),
    defaults: colours.defaults,
    kind,
  });
  const scrolledBack = () => terminal.buffer.active.baseY - terminal.buffer.active.viewportY;

  return {
    write: (data, done) =>
      terminal.write(data, () => {
        changed();
        done();
      }),
    // The emulator delays output for a moment, unless the user has just typed.
    expectEcho() {
      terminal.input('', true);
      changed();
    },
    resize({ width, height }) {
      terminal.resize(width, height);
      changed();
    },
    version: () => version,
    draw(grid, place) {
      const buffer = terminal.buffer.active;
      for (let y = 0; y < place.height; y += 1) {
        const first = (place.y + y) * grid.width + place.x;
        reader.read(buffer.getLine(buffer.viewportY + y), place.width, (x, text, cells, look) =>
          putCell(grid, first + x, text, cells, look),
        );
      }
    },
    cursor() {
      const { cursorX, cursorY } = terminal.buffer.active;
      if (scrolledBack() > 0) return null;
      // After the last column it waits for the next character.
      const x = Math.min(cursorX, terminal.cols - 1);
      return { x, y: cursorY, style: tracked.cursorStyle(), isVisible: tracked.cursorVisible() };
    },
    modes: tracked.modes,
    isAlternate: () => terminal.buffer.active.type === 'alternate',
    isUpdating: () => terminal.modes.synchronizedOutputMode,
    scroll(lines) {
      terminal.scrollLines(lines);
      changed();
    },
    scrollToEnd() {
      terminal.scrollToBottom();
      changed();
    },
    scrolledBack,
    transcript: () => transcriptOf(terminal.buffer.normal, reader),
    dispose: () => terminal.dispose(),
  };
}
