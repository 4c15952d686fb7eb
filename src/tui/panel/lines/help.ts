import { type Block, lineBlock } from '../text/document.js';
import { type Line, run } from '../text/line.js';

const KEYS: readonly (readonly [title: string, keys: readonly (readonly [key: string, does: string])[]])[] = [
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
    'Requests',
    [
      ['/', 'search the text of prompts, results and answers'],
      ['s', 'only those that carried a source: mcp:*, memory:*CLAUDE.md'],
      ['f', 'only this status: error, open, aborted, cut_off, 4xx, 5xx'],
      ['o', 'order: time, cost, input, output, latency'],
    ],
  ],
  [
    'One request',
    [
      ['← →  h l', 'segments, response, diff, headers, times'],
      ['n  p', 'next, previous piece'],
      ['v', 'its body in $PAGER'],
    ],
  ],
  [
    'Rate',
    [
      ['+  -  0', 'good, bad, neither'],
      ['c', 'comment'],
      ['u', 'take the last rating back'],
    ],
  ],
  [
    'Other',
    [
      ['y  Y', 'copy the id, or the text that is shown'],
      ['z', 'the whole terminal, and back (beside a child)'],
      ['?', 'this help'],
      ['q', 'leave'],
    ],
  ],
];

export function helpBlocks(): Block[] {
  return KEYS.map(([title, keys]) =>
    lineBlock(
      [run(title, 'heading')],
      ...keys.map(([key, does]): Line => [run(`  ${key.padEnd(12)}`, 'key'), run(does)]),
      [],
    ),
  );
}
