import { REQUEST_SORTS } from '../../src/store/index.js';
import { SEARCHABLE } from '../../test/support/history/writer.js';

/** Keys that ask the panel for something, and how its answer is known. */
export interface Question {
  /** What the report calls it. */
  name: string;
  keys: string;
  /** Whether a screen shows what was asked for, or that it is being read. */
  isAnswer(now: string, before: string): boolean;
}

const ENTER = '\r';
const ESCAPE = '\x1b';
const PAGE_DOWN = '\x1b[6~';
const PAGE_UP = '\x1b[5~';

/** Something on it takes its time. */
export const isReading = (screen: string) => /^reading .+ …$/m.test(screen);

/** `12/9873` at the end of the second row, or `12/…` while they are counted: which of the requests is chosen. */
const placeOf = (screen: string) => /(\d+)\/(?:\d+|…)$/m.exec(screen.split('\n')[1] ?? '')?.[1] ?? null;
const hasMoved = (now: string, before: string) => placeOf(now) !== null && placeOf(now) !== placeOf(before);
const isOnTab = (view: string) => (now: string) => now.includes(` ${view}]`);
const isListed = (now: string) => placeOf(now) === '1' || now.includes('No request matches');
const isListedWith = (filter: string) => (now: string) => isListed(now) && (now.split('\n')[1] ?? '').includes(filter);

/** What somebody does who looks around: from the first request, and back to it. */
export function lookAround(): Question[] {
  const back: Question = { name: 'Esc', keys: ESCAPE, isAnswer: isOnTab('requests') };
  const unfiltered: Question = {
    name: 'Esc, all again',
    keys: ESCAPE,
    isAnswer: (now, before) => isListed(now) && now !== before,
  };
  const move = (name: string, keys = name): Question => ({ name, keys, isAnswer: hasMoved });
  const view = (name: string, keys: string): Question => ({ name, keys, isAnswer: isOnTab(name) });
  const section = (name: string, keys: string): Question => ({
    name: 'section',
    keys,
    isAnswer: (now) => now.includes(`[${name}]`),
  });
  return [
    ...['j', 'j', 'k', 'j'].map((key) => move(key)),
    ...[PAGE_DOWN, PAGE_DOWN, PAGE_DOWN].map((key) => move('PageDown', key)),
    move('PageUp', PAGE_UP),
    { name: 'Enter', keys: ENTER, isAnswer: isOnTab('request') },
    section('segments', 'l'),
    section('response', 'l'),
    section('diff', 'l'),
    section('response', 'h'),
    back,
    move('G'),
    move('k'),
    move('PageUp', PAGE_UP),
    move('g'),
    view('sources', '3'),
    view('sessions', '4'),
    view('findings', '5'),
    back,
    ...asking('/', 'search for: ', SEARCHABLE.common),
    { name: 'search', keys: ENTER, isAnswer: isListedWith(`/${SEARCHABLE.common}`) },
    unfiltered,
    ...asking('s', 'source: ', 'mcp:*'),
    { name: 'source', keys: ENTER, isAnswer: isListedWith('source mcp:') },
    unfiltered,
    ...asking('f', 'status: ', 'error'),
    { name: 'status', keys: ENTER, isAnswer: isListedWith('status error') },
    unfiltered,
    ...[...REQUEST_SORTS.slice(1), ''].map((sort) => ({
      name: 'order',
      keys: 'o',
      isAnswer: sort === '' ? unfiltered.isAnswer : isListedWith(`by ${sort}`),
    })),
  ];
}

/** Opens the line at the foot and types a word into it. */
function asking(key: string, question: string, word: string): Question[] {
  const shows = (typed: string) => (now: string) => now.includes(`${question}${typed}▏`);
  return [
    { name: key, keys: key, isAnswer: shows('') },
    ...Array.from(word, (letter, index) => ({
      name: 'letter',
      keys: letter,
      isAnswer: shows(word.slice(0, index + 1)),
    })),
  ];
}
