import { fragment, type Line } from '../../../text/line.js';
import { wrap } from '../../../text/wrap.js';
import { type Block, headedBlock } from './document.js';

type Keys = readonly (readonly [key: string, does: string])[];

const KEYS: readonly (readonly [title: string, keys: Keys])[] = [
  [
    'Move',
    [
      ['↑ ↓  k j', 'one row'],
      ['PgUp PgDn', 'a page (Space and b, too)'],
      ['g  G', 'first, last'],
      ['Enter', 'open what is selected'],
      ['Esc', 'one step back, then all filters off'],
      ['Tab  1–5', 'requests, one request, sources, sessions, findings'],
    ],
  ],
  [
    'Lists of requests, sources, sessions',
    [
      ['/', 'requests: search prompts, results and answers; else: only rows with a text'],
      ['o', 'order: by time, cost, tokens, …'],
      ['→ ←  l h', 'to the sources of a request, and back; there: unfold, fold; Enter: text'],
      ['s', 'requests: only those with a source: mcp:*, memory:*CLAUDE.md'],
      ['f', 'requests: only this status: error, open, aborted, cut_off, 4xx, 5xx'],
      ['y', 'copy the id of the request or session, or the name of the source'],
    ],
  ],
  [
    'One request, findings, help',
    [
      ['← →  h l', 'segments, response, diff, headers, times'],
      ['/', 'find in the text; n and p then go from match to match'],
      ['n  p', 'next, previous piece'],
      ['v', 'the body of the request in $PAGER'],
      ['y  Y', 'copy the id or the setting, or the text that is shown'],
    ],
  ],
  [
    'Rate the request',
    [
      ['+  -  0', 'good, bad, neither'],
      ['c', 'comment'],
      ['u', 'take the last rating back'],
    ],
  ],
  [
    'Mouse',
    [
      ['click', 'select a row; the selected one: open it; a tab: show it'],
      ['wheel', 'scroll'],
      ['Shift', 'held down: the terminal selects text'],
    ],
  ],
  [
    'Other',
    [
      ['z', 'beside a command: the whole terminal, and back'],
      ['?', 'this help'],
      ['q', 'leave'],
    ],
  ],
];

const KEY_WIDTH = 14;

export function helpBlocks(): Block[] {
  return KEYS.map(([title, keys]) => headedBlock([fragment(title, 'heading')], ...keys.map(keyBlock)));
}

function keyBlock([key, does]: Keys[number]): Block {
  return (width) =>
    wrap(does, Math.max(8, width - KEY_WIDTH)).map(
      (part, index): Line => [fragment(`  ${index === 0 ? key : ''}`.padEnd(KEY_WIDTH), 'key'), fragment(part)],
    );
}
