import type { ReadStream, WriteStream } from 'node:tty';
import { isRecord } from '../../base/json.js';
import type { Show } from './show.js';

const BOLD = '\x1b[1m';
const DIM = '\x1b[2m';
const GREEN = '\x1b[32m';
const RESET = '\x1b[0m';

/** As fast as a good typist. */
const KEY_MS = 22;
/** Long enough to see what was called before the next request goes out. */
const CALL_MS = 500;
/** Between the last word of an answer and the next prompt. */
const READING_MS = 1_200;

const INDENT = '  ';

const CTRL_C = '\x03';
/** Exit code of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

type Keys = readonly (readonly [key: string, does: string])[];

const SPLIT_KEYS: Keys = [
  ['Ctrl-] then Enter', 'opens a request, Esc goes back'],
  ['Ctrl-] then 3', 'lists the sources'],
  ['Ctrl-] then +', 'rates the last answer'],
  ['Ctrl-] then ?', 'lists all keys'],
  ['Ctrl-] again', 'gives the keys back'],
  ['Enter', 'ends the demo, here'],
];

/** The panel is a pane of tmux: its own keys lead there. */
const tmuxKeys = (paneKeys: string): Keys => [
  [paneKeys, 'goes to the panel, and back (tmux)'],
  ['Enter', 'opens a request there, Esc goes back'],
  ['3', 'lists the sources there'],
  ['+', 'rates the answer there'],
  ['?', 'lists all keys there'],
  ['Enter', 'ends the demo, here'],
];

/**
 * A session that a person can follow on a terminal, and look at in the panel until Enter or q is pressed.
 * @param paneKeys what leads to the panel in another pane of tmux, and back; none for a panel beside it
 */
export function watchedShow(stdin: ReadStream, stdout: WriteStream, paneKeys?: string): Show {
  const keys = takeKeys(stdin);
  const paragraph = createParagraph(stdout);

  return {
    async prompt(text) {
      await pause(READING_MS);
      paragraph.begin(`${BOLD}> `, RESET);
      for (const word of text.split(/(?= )/)) {
        for (const character of paragraph.placed(word)) {
          stdout.write(character);
          await pause(KEY_MS);
        }
      }
      paragraph.end();
      stdout.write('\n');
    },
    text: (piece) => {
      paragraph.begin(`${BOLD}●${RESET} `);
      paragraph.add(piece);
    },
    pause: () => paragraph.end(),
    async call({ name, input }) {
      paragraph.begin(`${GREEN}●${RESET} `);
      paragraph.add(`${name}(${subject(input)})`);
      paragraph.end();
      await pause(CALL_MS);
    },
    answered() {
      paragraph.end();
      stdout.write('\n');
    },
    async end() {
      await pause(READING_MS);
      stdout.write(`${DIM}That was the session. The panel has every request of it.${RESET}\n\n`);
      for (const [key, does] of paneKeys === undefined ? SPLIT_KEYS : tmuxKeys(paneKeys))
        stdout.write(`${INDENT}${BOLD}${key.padEnd(19)}${RESET}${DIM}${does}${RESET}\n`);
      await keys.pressed(/[\r\nq]/i);
    },
  };
}

/** What a call is about, in a few words. */
function subject(input: unknown): string {
  if (!isRecord(input)) return '';
  return String(input.target ?? input.skill ?? input.subagent_type ?? '');
}

/** Text that comes in pieces, broken between words. */
function createParagraph(stdout: WriteStream) {
  let isOpen = false;
  let column = 0;
  let word = '';
  let closing = '';

  /** What puts a word behind what stands there, on the next line where it would not fit. */
  function placed(text: string): string {
    const fits = column + text.length <= (stdout.columns || 80);
    const shown = fits ? text : `\n${INDENT}${text.trimStart()}`;
    column = fits ? column + text.length : shown.length - 1;
    return shown;
  }

  function put(): void {
    stdout.write(placed(word));
    word = '';
  }

  return {
    placed,
    /** Does nothing within a paragraph. @param mark of two columns */
    begin(mark: string, after = ''): void {
      if (isOpen) return;
      isOpen = true;
      closing = after;
      column = INDENT.length;
      stdout.write(mark);
    },
    add(text: string): void {
      for (const character of text) {
        if (character === ' ') put();
        word += character;
      }
    },
    end(): void {
      if (!isOpen) return;
      put();
      stdout.write(`${closing}\n`);
      isOpen = false;
    },
  };
}

/** The keys of a terminal that would otherwise show what is typed in between. Ctrl-C ends the program. */
function takeKeys(stdin: ReadStream) {
  let onKeys = (_keys: string) => {};
  stdin.setRawMode(true);
  stdin.on('data', (bytes: Buffer) => {
    const keys = bytes.toString('latin1');
    if (keys.includes(CTRL_C)) process.exit(INTERRUPTED);
    onKeys(keys);
  });
  // The terminal is gone.
  stdin.once('end', () => process.exit(INTERRUPTED));

  return {
    /** Gives the keys back once one of these was pressed. */
    async pressed(wanted: RegExp): Promise<void> {
      await new Promise<void>((resolve) => {
        onKeys = (keys) => {
          if (wanted.test(keys)) resolve();
        };
      });
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
