import { writeSync } from 'node:fs';
import type { Guard } from './split/outside/guard.js';
import { BACKGROUND_QUERY, collectFacts } from './split/outside/terminal-facts.js';
import { typedKeys } from './typed-keys.js';

/** Of the terminal we were started on: our screen, no cursor, pastes told from keys; and as it was before. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[H\x1b[2J';
const LEAVE = '\x1b[0m\x1b[?2004l\x1b[?25h\x1b[?1049l';

/** A frame shown at once: terminals without it ignore the two. https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036 */
const BEGIN = '\x1b[?2026h';
const END = '\x1b[?2026l';

const CTRL_Z = 0x1a;

/** What ends us from outside, and the exit code that a shell gives for it. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export interface FullScreen {
  /** Draws what changed since the last frame. */
  draw(rows: readonly string[]): void;
  /** Another size, or something else was on the screen: the next frame is drawn whole. */
  forget(): void;
  /** Lends the terminal, as we found it. */
  lend(use: () => Promise<void>): Promise<void>;
  copy(text: string): void;
  /** Called when the terminal is ours again, and empty: after it was lent, and after Ctrl-Z and `fg`. */
  onReturn(callback: () => void): void;
  /** The terminal as we found it. May be called more than once. */
  leave(): void;
}

/**
 * Takes the whole terminal, and gives it back on every way out: the end, a signal, a crash.
 * @param onKeys what is typed
 * @param onBackground the colour behind everything, as in `rgb:ffff/ffff/ffff`, where the terminal tells it
 * @param guard gives it back where we cannot; is ready
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
  /** Runs while we are suspended: without it nothing would be left to wait for, and the process would end when it goes on. */
  let suspended: NodeJS.Timeout | null = null;
  let returned = () => {};

  const typed = typedKeys(collectFacts({ onBackground }).learn, (bytes) => {
    if (bytes.length === 1 && bytes[0] === CTRL_Z) suspend();
    else onKeys(bytes);
  });

  /** What Ctrl-Z does where the terminal itself looks at it. */
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
      // The terminal is gone: nothing is left to restore.
    }
    write(LEAVE);
    guard.expect('');
  }

  /** Frames that come together are drawn once, and none while the terminal has not taken the last. */
  function flush(): void {
    if (!isOurs || waiting === null || process.stdout.writableNeedDrain) return;
    const changes = changedRows(shown, waiting);
    shown = waiting;
    waiting = null;
    if (changes !== '') process.stdout.write(`${BEGIN}${changes}${END}`);
  }

  process.stdout.on('drain', flush);
  // A terminal that hung up tells by SIGHUP; what is written meanwhile fails.
  process.stdout.on('error', () => {});
  process.once('exit', leave);
  // Gone without a signal.
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
  // Somebody else stops us: keys are raw.
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

/** Each row that differs, written over the old one. */
function changedRows(before: readonly string[], after: readonly string[]): string {
  const length = Math.max(before.length, after.length);
  let changes = '';
  for (let index = 0; index < length; index += 1) {
    const row = after[index] ?? '';
    if (row !== before[index]) changes += `\x1b[${index + 1};1H${row}\x1b[0m\x1b[K`;
  }
  return changes;
}

/** At once, whatever happens next: the process may be ending. */
function write(text: string): void {
  try {
    writeSync(1, text);
  } catch {
    // Nobody looks at it any more.
  }
}
