import { isatty, type ReadStream, type WriteStream } from 'node:tty';
import type { Size } from '../layout.js';
import { holdOutput } from './held-output.js';
import { TERMINAL_QUERIES } from './terminal-facts.js';
import type { TerminalKind } from './terminal-kind.js';
import { openTerminalOutput } from './terminal-output.js';

/** The real terminal, taken over and given back. */
export interface OuterTerminal {
  size(): Size;
  /** Does not wait: what a slow terminal has not taken yet is sent later, and all of it before `leave` ends. */
  write(data: string): void;
  /** The same for what can be left out when the terminal does not keep up. */
  offer(data: string): void;
  /** It has taken everything: a frame would be shown now. */
  isReady(): boolean;
  /** Raw keys, an empty alternate screen. Does nothing when entered already. */
  enter(): void;
  /** As we found it, whatever the child has asked for since; safe at any time and more than once. */
  leave(): void;
  isEntered(): boolean;
  /** A line on the terminal as it was. */
  print(line: string): void;
  /** It takes nothing any more. What is still said to it would stop us, too. */
  isStuck(): boolean;
  /** After the last use. */
  close(): void;
}

export interface OuterListener {
  onInput(bytes: Buffer): void;
  onResize(): void;
  /** After a while in which it did not keep up. */
  onReady(): void;
  /** Nobody is there any more: the window was closed, the connection was lost. */
  onGone(): void;
}

const FALLBACK_SIZE: Size = { width: 80, height: 24 };

/** A terminal that takes nothing for so long at the end has stopped. */
const STUCK_MS = 500;

/** No wrapping at the right edge: a part's last column is not a line's end. No cursor yet. */
const ENTER_ANY = '\x1b[?7l\x1b[?25l';
/** Title saved (XTWINOPS 22), alternate screen. */
const ENTER_XTERM = `\x1b[22;2t\x1b[?1049h${ENTER_ANY}`;

/** The screen is cleared for terminals that have no other, or whose user has switched that off. */
const LEAVE_ANY = '\x1b[0m\x1b[r\x1b[?1l\x1b>\x1b[H\x1b[2J\x1b[?7h\x1b[?25h';

/** Every mode that the pane may have set, so that it also holds when nobody knows any more which ones were. */
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
  // EIO: the terminal has hung up. Without listeners that would be an uncaught error of ours.
  stdin.on('error', onGone);
  stdout.on('error', onGone);

  function setRaw(raw: boolean): void {
    try {
      stdin.setRawMode(raw);
    } catch {
      // The terminal has hung up; there is nothing to set any more.
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
