import type { ReadStream, WriteStream } from 'node:tty';
import type { Size } from './layout.js';
import { TERMINAL_QUERIES } from './terminal-facts.js';

/** The real terminal, taken over and given back. */
export interface OuterTerminal {
  size(): Size;
  /** Synchronous on POSIX systems: a slow terminal slows us down, and nothing is left unsent when we end. */
  write(data: string): void;
  /** Raw keys, an empty alternate screen. Does nothing when entered already. */
  enter(): void;
  /** As we found it, whatever the child has asked for since; safe at any time and more than once. */
  leave(): void;
  isEntered(): boolean;
}

export interface OuterListener {
  onInput(bytes: Buffer): void;
  onResize(): void;
  /** Nobody is there any more: the window was closed, the connection was lost. */
  onGone(): void;
}

const FALLBACK_SIZE: Size = { width: 80, height: 24 };

/** Title saved (XTWINOPS 22), alternate screen, no wrapping at the right edge: a part's last column is not a line's end. */
const ENTER = '\x1b[22;2t\x1b[?1049h\x1b[?7l\x1b[?25l';

/** Every mode that the pane may have set, so that it also holds when nobody knows any more which ones were. */
const LEAVE = [
  '\x1b[?2026l',
  '\x1b[?9l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l',
  '\x1b[?1004l\x1b[?2004l\x1b[?1l\x1b>\x1b[>4;0m',
  '\x1b]8;;\x1b\\\x1b[0m\x1b[0 q\x1b[?7h\x1b[?25h',
  '\x1b[?1049l\x1b[23;2t',
].join('');

export function createOuterTerminal(stdin: ReadStream, stdout: WriteStream, listener: OuterListener): OuterTerminal {
  let entered = false;
  let asked = false;
  const onGone = () => listener.onGone();
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

  return {
    size() {
      const { columns, rows } = stdout;
      return { width: columns || FALLBACK_SIZE.width, height: rows || FALLBACK_SIZE.height };
    },
    write(data) {
      if (entered && data !== '') stdout.write(data);
    },
    enter() {
      if (entered) return;
      entered = true;
      setRaw(true);
      stdin.on('data', listener.onInput);
      stdin.resume();
      stdout.on('resize', listener.onResize);
      stdout.write(asked ? ENTER : ENTER + TERMINAL_QUERIES);
      asked = true;
    },
    leave() {
      if (!entered) return;
      entered = false;
      stdin.off('data', listener.onInput);
      stdin.pause();
      stdout.off('resize', listener.onResize);
      stdout.write(LEAVE);
      setRaw(false);
    },
    isEntered: () => entered,
  };
}
