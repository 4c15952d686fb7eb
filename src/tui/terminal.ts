import { writeSync } from 'node:fs';
import type { Guard } from './split/outside/guard.js';
import { BACKGROUND_QUERY, collectFacts } from './split/outside/terminal-facts.js';
import { typedKeys } from './typed-keys.js';

/** Alternate screen, no cursor, bracketed paste; and back. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[H\x1b[2J';
const LEAVE = '\x1b[0m\x1b[?2004l\x1b[?25h\x1b[?1049l';

/**
 * A synchronized update, which other terminals ignore.
 * https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036
 */
const BEGIN = '\x1b[?2026h';
const END = '\x1b[?2026l';

const CTRL_Z = 0x1a;

/** Signals that end us, and the exit codes of shells for them. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export interface FullScreen {
  /** Draws what changed since the last frame. */
  draw(rows: readonly string[]): void;
  /** The next frame is drawn whole. */
  forget(): void;
  /** Lends the terminal, in the state in which it was found, to another program. */
  lend(use: () => Promise<void>): Promise<void>;
  copy(text: string): void;
  /** The terminal is ours again, and empty: after `lend`, and after Ctrl-Z and `fg`. */
  onReturn(callback: () => void): void;
  /** Restores the terminal. May be called again. */
  leave(): void;
}

/**
 * Takes the whole terminal, and gives it back at the end, on a signal, and after a crash.
 * @param onBackground gets the background as in `rgb:ffff/ffff/ffff`, if the terminal reports it
 * @param guard must be ready
 */
export function takeTerminal(
  onKeys: (bytes: Buffer) => void,
  onBackground: (colour: string) => void,
  guard: Guard,
): FullScreen {
  const { stdin } = process;
  let shown: readonly string[] = [];
  let waiting: readonly string[] | null = null;
  let isScheduled = false;
  let isOurs = false;
  /** Runs while we are suspended. Without it nothing would keep the process alive when it continues. */
  let suspended: NodeJS.Timeout | null = null;
  let returned = () => {};

  const typed = typedKeys(collectFacts({ onBackground }).learn, (bytes) => {
    if (bytes.length === 1 && bytes[0] === CTRL_Z) suspend();
    else onKeys(bytes);
  });

  /** Ctrl-Z. In raw mode the terminal does not handle it. */
  function suspend(): void {
    if (suspended !== null) return;
    leave();
    suspended = setInterval(() => {}, 60_000);
    process.off('SIGTSTP', suspend);
    process.kill(process.pid, 'SIGTSTP');
  }

  function enter(): void {
    if (isOurs) return;
    isOurs = true;
    shown = [];
    guard.expect(LEAVE);
    write(ENTER);
    stdin.setRawMode(true);
    stdin.on('data', typed);
    stdin.resume();
  }

  function leave(): void {
    if (!isOurs) return;
    isOurs = false;
    stdin.off('data', typed);
    stdin.pause();
    try {
      stdin.setRawMode(false);
    } catch {
      // The terminal is gone.
    }
    write(LEAVE);
    guard.expect('');
  }

  /** Draws only the latest frame, and none while the terminal has not taken the previous one. */
  function flush(): void {
    if (!isOurs || waiting === null || process.stdout.writableNeedDrain) return;
    const changes = changedRows(shown, waiting);
    shown = waiting;
    waiting = null;
    if (changes !== '') process.stdout.write(`${BEGIN}${changes}${END}`);
  }

  process.stdout.on('drain', flush);
  // Writes fail after the terminal hung up. SIGHUP ends us.
  process.stdout.on('error', () => {});
  process.once('exit', leave);
  // The terminal is gone without a signal.
  stdin.once('end', () => {
    leave();
    process.exit(SIGNALS.SIGHUP);
  });
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.once(signal, () => {
      leave();
      process.exit(code);
    });
  }
  // Sent by another process, as keys are raw.
  process.on('SIGTSTP', suspend);
  process.on('SIGCONT', () => {
    if (suspended === null) return;
    clearInterval(suspended);
    suspended = null;
    process.on('SIGTSTP', suspend);
    enter();
    returned();
  });
  process.once('uncaughtExceptionMonitor', leave);
  enter();
  write(BACKGROUND_QUERY);

  return {
    draw(rows) {
      waiting = rows;
      if (isScheduled) return;
      isScheduled = true;
      setImmediate(() => {
        isScheduled = false;
        flush();
      });
    },
    forget() {
      shown = [];
    },
    async lend(use) {
      leave();
      try {
        await use();
      } finally {
        enter();
        returned();
      }
    },
    copy: (text) => write(`\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`),
    onReturn(callback) {
      returned = callback;
    },
    leave,
  };
}

function changedRows(before: readonly string[], after: readonly string[]): string {
  const length = Math.max(before.length, after.length);
  let changes = '';
  for (let index = 0; index < length; index += 1) {
    const row = after[index] ?? '';
    if (row !== before[index]) changes += `\x1b[${index + 1};1H${row}\x1b[0m\x1b[K`;
  }
  return changes;
}

/** Synchronously, as the process may be ending. */
function write(text: string): void {
  try {
    writeSync(1, text);
  } catch {
    // The terminal is gone.
  }
}
