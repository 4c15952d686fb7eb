import { stripVTControlCharacters } from 'node:util';
import { spawn } from '@lydell/node-pty';
import type { Size } from '../../src/tui/split/layout.js';

/** A program on a terminal of its own, and who sits before it: types, and reads what it shows. */
export interface Terminal {
  pid: number;
  /** Milliseconds from these keys until it has shown this, as text without colours: a piece of one row. */
  answer(keys: string, shown: RegExp): Promise<number>;
  /** Milliseconds from the last keys, or from the start, until it has shown this since then. */
  shows(shown: RegExp): Promise<number>;
  type(keys: string): void;
  /** @param listener gets what is read, and how many milliseconds after the last keys */
  onRead(listener: (data: string, ms: number) => void): void;
  resize(size: Size): void;
  /** All bytes that it has shown so far. */
  bytes(): number;
  /** Its exit code. */
  ended: Promise<number>;
  /** Ends it, if it has not ended, and waits. */
  close(): Promise<void>;
}

/** What it answers when it is asked, beside what it is. */
export type Answers = Readonly<Record<string, string>>;
export const NO_ANSWERS: Answers = {};

/** What a plain terminal answers when it is asked what it is. */
const ATTRIBUTES_QUERY = '\x1b[c';
const ATTRIBUTES = '\x1b[?1;2c';

const PATIENCE_MS = 60_000;
const END_MS = 10_000;
/** More than a row has, with all its colours: a piece of one may come in two reads. */
const ROW_CHARACTERS = 10_000;
/** Of what was shown since the last keys, so much is kept at least. */
const KEPT_CHARACTERS = 1_000_000;

/** @throws Error when the program cannot be started */
export function openTerminal(
  [file = '', ...args]: readonly string[],
  { width, height }: Size,
  env: Readonly<Record<string, string>>,
  answers: Answers = NO_ANSWERS,
  cwd = process.cwd(),
): Terminal {
  const pty = spawn(file, args, { cols: width, rows: height, cwd, env, name: 'xterm-256color' });
  let since = performance.now();
  let seen = '';
  let bytes = 0;
  let look = (_from: number) => {};
  let listener = (_data: string, _ms: number) => {};
  let hasEnded = false;

  pty.onData((data) => {
    for (const [question, reply] of Object.entries(answers)) if (data.includes(question)) pty.write(reply);
    if (data.includes(ATTRIBUTES_QUERY)) pty.write(ATTRIBUTES);
    listener(data, performance.now() - since);
    bytes += Buffer.byteLength(data);
    if (seen.length > 2 * KEPT_CHARACTERS) seen = seen.slice(-KEPT_CHARACTERS);
    seen += data;
    look(seen.length - data.length - ROW_CHARACTERS);
  });
  const ended = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode }) => {
      hasEnded = true;
      look(0);
      resolve(exitCode);
    });
  });

  function type(keys: string): void {
    seen = '';
    since = performance.now();
    pty.write(keys);
  }

  function shows(shown: RegExp): Promise<number> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) =>
        reject(new Error(`${file} ${args.join(' ')}: ${why} ${shown}: ${seen.slice(-300)}`));
      const timer = setTimeout(() => fail('did not show'), PATIENCE_MS);
      look = (from) => {
        const found = shown.test(stripVTControlCharacters(seen.slice(Math.max(0, from))));
        if (!found && !hasEnded) return;
        clearTimeout(timer);
        look = () => {};
        if (found) resolve(performance.now() - since);
        else fail('ended without');
      };
      look(0);
    });
  }

  return {
    pid: pty.pid,
    shows,
    type,
    answer(keys, shown) {
      type(keys);
      return shows(shown);
    },
    onRead(given) {
      listener = given;
    },
    resize: (size) => pty.resize(size.width, size.height),
    bytes: () => bytes,
    ended,
    async close() {
      const timer = setTimeout(() => pty.kill('SIGKILL'), END_MS);
      if (!hasEnded) pty.kill('SIGTERM');
      await ended;
      clearTimeout(timer);
    },
  };
}
