import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Frame } from './frame.js';
import type { Palette, PaletteName } from './palette.js';
import type { Step } from './svg.js';
import { type FilmedTerminal, filmTerminal } from './terminal.js';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
/** Begins the name of the folder in which all is played. */
const FOLDER = 'claude-trace-picture-';
/** A frame with the folder, or with a tool call that has the beginning of it, would show a path of this machine. */
const HAS_PATH = new RegExp(`${FOLDER}|"file_path`);
const COLUMNS = 144;
const ROWS = 36;

const PREFIX = '\x1d';
const ENTER = '\r';
const ESCAPE = '\x1b';
const CTRL_C = '\x03';

const LAST_WRITES_MS = 3_000;

/** While the session plays: a look so often, each shown somewhat longer than it took. */
const LOOK_EVERY_MS = 400;
const SHOWN_SECONDS = 0.7;
/** On a busy machine there are more: each costs the picture some kilobytes. */
const MOST_LOOKS = 10;

/** Long enough to read a panel. */
const READING_SECONDS = 4;

/** Plays the demo and looks at it. @returns what was seen; `still` is the step that says most */
export async function film(palette: Palette, name: PaletteName): Promise<{ steps: Step[]; still: number }> {
  const folder = mkdtempSync(join(tmpdir(), FOLDER));
  const terminal = filmTerminal([process.execPath, MAIN, 'demo'], {
    columns: COLUMNS,
    rows: ROWS,
    palette,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      TMPDIR: folder,
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      // Claude Code's own colours: it does not ask the terminal.
      COLORFGBG: name === 'light' ? '0;15' : '15;0',
    },
  });
  try {
    const steps = [...(await session(terminal)), ...(await panel(terminal))];
    const still = steps.findIndex(({ seconds }) => seconds === READING_SECONDS);
    terminal.type(PREFIX);
    terminal.type(CTRL_C);
    return { steps, still };
  } finally {
    terminal.kill();
    await terminal.ended;
    // Programs of the demo may live a moment longer than it, and write.
    await new Promise((resolve) => setTimeout(resolve, LAST_WRITES_MS));
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/** Until the prompt is answered and billed. */
async function session(terminal: FilmedTerminal): Promise<Step[]> {
  const looks: Frame[] = [];
  const caption = 'claude-trace wrap -- claude';
  await terminal.sees(/▸ \d\d:\d\d/);
  let shown = '';
  for (let isOver = false; !isOver; ) {
    const text = terminal.text();
    isOver = isAnswered(text);
    if (text !== shown && !HAS_PATH.test(text)) looks.push(terminal.frame());
    shown = text;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  const kept = evenly(looks, MOST_LOOKS).map((frame) => ({ frame, seconds: SHOWN_SECONDS, caption }));
  return [...kept, { frame: terminal.frame(), seconds: READING_SECONDS, caption }];
}

function evenly<Thing>(things: readonly Thing[], most: number): Thing[] {
  const every = Math.max(1, things.length / most);
  return things.filter((_, index) => Math.floor(index / every) !== Math.floor((index - 1) / every));
}

function isAnswered(text: string): boolean {
  return /Ctrl-C twice|That was the session/.test(text) && !/open…|main –/.test(text) && /█/.test(text);
}

/** What the panel has to show, key by key. */
async function panel(terminal: FilmedTerminal): Promise<Step[]> {
  const steps: Step[] = [];
  async function press(keys: readonly string[], until: RegExp, caption: string): Promise<void> {
    for (const key of keys) {
      terminal.type(key);
      // Two keys of one read could be taken for one.
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    await terminal.sees(until);
    steps.push({ frame: terminal.frame(), seconds: READING_SECONDS, caption });
  }
  await press([PREFIX, ENTER], /what is new[\s\S]*CONTEXT/, 'Ctrl-] Enter   one request: what is new in it');
  await press([ESCAPE, '3'], /\[3 sources\]/, '3   all sources: tokens and cost by group');
  await press(['1', '+'], /rated \+1/, '+   the answer was good: counts for each of its sources');
  return steps;
}
