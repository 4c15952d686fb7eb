import { isatty, type ReadStream, type WriteStream } from 'node:tty';
import type { Size } from '../layout.js';
import { holdOutput } from './held-output.js';
import { TERMINAL_QUERIES } from './terminal-facts.js';
import type { TerminalKind } from './terminal-kind.js';
import { openTerminalOutput } from './terminal-output.js';

/** The real terminal. */
export interface OuterTerminal {
  size(): Size;
  /** Does not wait: a slow terminal gets the rest later, and everything before `leave` returns. */
  write(data: string): void;
  /** Writes data, but drops it when the terminal does not keep up. */
  offer(data: string): void;
  /** The terminal has taken everything. */
  isReady(): boolean;
  /** Sets raw keys and the alternate screen. May be called again. */
  enter(): void;
  /** Restores the terminal. May be called at any time, and again. */
  leave(): void;
  isEntered(): boolean;
  /** Prints a line after `leave`. */
  print(line: string): void;
  /** The terminal takes nothing any more. Writing to it would block. */
  isStuck(): boolean;
  close(): void;
}

export interface OuterListener {
  onInput(bytes: Buffer): void;
  onResize(): void;
  /** The terminal keeps up again. */
  onReady(): void;
  /** The window was closed or the connection was lost. */
  onGone(): void;
}

const FALLBACK_SIZE: Size = { width: 80, height: 24 };

/** A terminal that takes nothing for so long at the end is stuck. */
const STUCK_MS = 500;

/** Without wrapping, as the last column of a pane is not the end of a line. Without cursor at first. */
const ENTER_ANY = '\x1b[?7l\x1b[?25l';
/** Title saved (XTWINOPS 22), alternate screen. */
const ENTER_XTERM = `\x1b[22;2t\x1b[?1049h${ENTER_ANY}`;

/** Clears the screen for terminals without an alternate screen. */
const LEAVE_ANY = '\x1b[0m\x1b[r\x1b[?1l\x1b>\x1b[H\x1b[2J\x1b[?7h\x1b[?25h';

/** Resets every mode that may have been set, so that it also works after a crash. */
const LEAVE_XTERM = [
  '\x1b[?2026l\x1b[?69l',
  '\x1b[?9l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l',
  '\x1b[?1004l\x1b[?2004l\x1b[>4;0m',
  '\x1b]8;;\x1b\\\x1b[0 q',
  LEAVE_ANY,
  '\x1b[?1049l\x1b[23;2t',
].join('');

/** What `leave` writes. */
export function leaving({ isXtermLike }: TerminalKind): string {
  return isXtermLike ? LEAVE_XTERM : LEAVE_ANY;
}

export function createOuterTerminal(
  stdin: ReadStream,
  stdout: WriteStream,
  kind: TerminalKind,
  listener: OuterListener,
): OuterTerminal {
  let isEntered = false;
  let wasAsked = false;
  let isStuck = false;
  let releaseOthers: (isWanted: boolean) => void = () => {};
  const onGone = () => listener.onGone();
  const output = openTerminalOutput(stdout, () => listener.onReady(), onGone);
  stdin.on('end', onGone);
  // EIO: the terminal has hung up. Without listeners that would be an uncaught error.
  stdin.on('error', onGone);
  stdout.on('error', onGone);

  function setRaw(raw: boolean): void {
    try {
      stdin.setRawMode(raw);
    } catch {
      // The terminal has hung up.
    }
  }

  function entering(): string {
    if (!kind.isXtermLike) return ENTER_ANY;
    return wasAsked ? ENTER_XTERM : ENTER_XTERM + TERMINAL_QUERIES;
  }

  return {
    size() {
      const { columns, rows } = stdout;
      return { width: columns || FALLBACK_SIZE.width, height: rows || FALLBACK_SIZE.height };
    },
    write(data) {
      if (isEntered) output.write(data);
    },
    offer(data) {
      if (isEntered) output.offer(data);
    },
    isReady: output.isIdle,
    enter() {
      if (isEntered) return;
      isEntered = true;
      setRaw(true);
      stdin.on('data', listener.onInput);
      stdin.resume();
      stdout.on('resize', listener.onResize);
      releaseOthers = holdOutput(isatty(2) ? [stdout, process.stderr] : [stdout]);
      output.write(entering());
      wasAsked = true;
    },
    leave() {
      if (!isEntered) return;
      isEntered = false;
      stdin.off('data', listener.onInput);
      stdin.pause();
      stdout.off('resize', listener.onResize);
      output.write(leaving(kind));
      isStuck = !output.drain(STUCK_MS);
      setRaw(false);
      releaseOthers(!isStuck);
    },
    isEntered: () => isEntered,
    print(line) {
      if (isStuck) return;
      output.write(`${line}\n`);
      isStuck = !output.drain(STUCK_MS);
    },
    isStuck: () => isStuck,
    close: output.close,
  };
}
