import type { RequestTotals } from '../../../store/index.js';
import { displayWidth } from '../../../text/fit.js';
import { type Fragment, fragment, type Line, spread, widthOf } from '../../../text/line.js';
import { describeFigures } from '../../../text/request-totals.js';
import type { PanelFocus } from '../../split/panel.js';
import { PREFIX_KEYS } from '../../split/prefix-keys.js';
import type { PromptKind } from '../state/prompt.js';
import { type PanelState, tableOf, type View } from '../state/state.js';
import { noticeLines } from './notice.js';

export interface FootContent {
  state: PanelState;
  focus: PanelFocus;
  prefix: string;
  paneKeys?: string | undefined;
  /** Totals of the requests that match the filters; null without filters. */
  totals: RequestTotals | null;
  /** What is being read; null for nothing. */
  reading: string | null;
  width: number;
  /** How many rows a notice may take. */
  maxRows: number;
}

const QUESTIONS: Readonly<Record<PromptKind, string>> = {
  search: 'search for: ',
  filter: 'rows with: ',
  find: 'find: ',
  source: 'source: ',
  status: 'status: ',
  comment: 'comment: ',
  action: ':',
};

/** The last row: a prompt, a notice, what is being read, or the keys. A long notice covers the rows above, too. */
export function footLines(content: FootContent): Line[] {
  const { state, focus, prefix, width, maxRows } = content;
  const { prompt, notice } = state;
  if (focus !== 'armed' && prompt === null && notice !== null) {
    return noticeLines(notice, focus, prefix, width, maxRows);
  }
  return [footLine(content)];
}

function footLine({ state, focus, prefix, paneKeys, totals, reading, width }: FootContent): Line {
  const { prompt, view, help, find, breakdown } = state;
  if (focus === 'armed') return hints(ARMED, width, 0);
  if (prompt !== null) {
    const question = QUESTIONS[prompt.kind];
    const typed = [
      fragment(question, 'key'),
      fragment(ending(prompt.text, width - question.length - 1)),
      fragment('▏', 'accent'),
    ];
    const room = width - widthOf(typed) - 2;
    const keys = prompt.cursor === null ? [] : hints(CHOOSING, room, 0);
    // What is typed comes first.
    return widthOf(keys) > room ? typed : spread(typed, keys, width);
  }
  if (reading !== null) return [fragment(`loading ${reading} …`, 'dim')];
  if (focus === 'none') return hints(unfocused(prefix), width);
  if (find !== null) return hints(FOUND, width);
  const pane: Hint[] = paneKeys === undefined ? [] : [[paneKeys, 'to the command, and back']];
  if (help) return hints(HELP, width);
  const isInBreakdown = view === 'requests' && breakdown.isFocused;
  const sums = view === 'requests' && totals !== null && totals.requests > 0 ? totalsFragments(totals, width) : [];
  const toNewest: Hint[] = isBehind(state) ? [['g', 'newest']] : [];
  return [
    ...sums,
    ...hints([...pane, ...toNewest, ...(isInBreakdown ? IN_BREAKDOWN : hintsOf(state))], width - widthOf(sums)),
  ];
}

/** Below this width, the sums are shorter. */
const NARROW = 60;

/** `45 requests, 1.2M in, 30.1k out, $3.40`. */
function totalsFragments(totals: RequestTotals, width: number): Fragment[] {
  const { requests, inputTokens, costUsd, estimatedRequests } = totals;
  const outputTokens = width < NARROW ? null : totals.outputTokens;
  const figures = describeFigures(
    { requests, inputTokens, outputTokens, costUsd, isEstimate: estimatedRequests > 0 },
    { isShort: true },
  );
  return [fragment(figures.join(', '), 'accent'), fragment('  ')];
}

/** The list does not follow new requests, since the person moved away from the newest. */
function isBehind({ view, query, cursors, breakdown }: PanelState): boolean {
  return view === 'requests' && query.sort === 'time' && cursors.requests.selected > 0 && !breakdown.isFocused;
}

/** The end of a prompt stays in sight. */
export function ending(text: string, width: number): string {
  let shown = text;
  while (shown !== '' && displayWidth(shown) > width) shown = Array.from(shown).slice(1).join('');
  return shown;
}

export type Hint = readonly [key: string, does: string];

/**
 * The hints that fit.
 * @param kept how many of the last ones, such as help and leave, are dropped only after the others
 */
export function hints(keys: readonly Hint[], width: number, kept = 2): Fragment[] {
  const shown = [...keys];
  while (shown.length > Math.max(1, kept) && widthOf(hintFragments(shown)) > width) shown.splice(-1 - kept, 1);
  return hintFragments(shown);
}

function hintFragments(keys: readonly Hint[]): Fragment[] {
  return keys.flatMap(([key, does], index) => [
    fragment(key, 'key'),
    fragment(` ${does}${index === keys.length - 1 ? '' : '  '}`, 'dim'),
  ]);
}

/** After the prefix key of the split pane. */
const ARMED: readonly Hint[] = [...PREFIX_KEYS, ['others:', 'to this panel']];

/** While the child of the split pane has the keyboard. */
const unfocused = (prefix: string): readonly Hint[] => [
  [prefix, 'to this panel'],
  [`${prefix} +`, 'rate answer'],
];

/** While a prompt offers rows. */
const CHOOSING: readonly Hint[] = [
  ['Enter', 'choose'],
  ['Esc', 'back'],
  ['↑ ↓', 'select'],
];

const HELP: readonly Hint[] = [
  ['↑ ↓', 'scroll'],
  ['/', 'find'],
  ['Esc', 'back'],
];

/** During a search in a text. */
const FOUND: readonly Hint[] = [
  ['n p', 'next, previous'],
  ['/', 'find'],
  ['Esc', 'end of the search'],
];

const LAST: readonly Hint[] = [
  [':', 'actions'],
  ['?', 'help'],
  ['q', 'quit'],
];

const IN_BREAKDOWN: readonly Hint[] = [
  ['Enter', 'text'],
  ['→ ←', 'unfold, fold'],
  ['y', 'copy name'],
  ['m', 'MCP calls'],
  ['Esc', 'to the list'],
  ...LAST,
];

/** Hints of the view `mcp`, by what it shows. */
const MCP_HINTS = {
  servers: [
    ['Enter', 'open'],
    ['m', 'all calls'],
    ['→ ←', 'unfold, fold'],
    ['o', 'order'],
    ['/', 'filter'],
    ['Esc', 'back'],
    ...LAST,
  ],
  calls: [['Enter', 'open'], ['o', 'order'], ['/', 'filter'], ['y', 'copy id'], ['Esc', 'back'], ...LAST],
  call: [['Enter', 'its request'], ['n p', 'piece'], ['/', 'find'], ['y', 'copy id'], ['Esc', 'back'], ...LAST],
} as const satisfies Readonly<Record<string, readonly Hint[]>>;

function hintsOf(state: PanelState): readonly Hint[] {
  if (state.view !== 'mcp') return HINTS[state.view];
  const table = tableOf(state);
  return MCP_HINTS[table === 'servers' || table === 'calls' ? table : 'call'];
}

const HINTS: Readonly<Record<Exclude<View, 'mcp'>, readonly Hint[]>> = {
  requests: [
    ['Enter', 'open'],
    ['→', 'sources'],
    ['/', 'search'],
    ['+ -', 'rate'],
    ['s', 'source'],
    ['f', 'status'],
    ['o', 'order'],
    ...LAST,
  ],
  request: [
    ['← →', 'section'],
    ['↑ ↓ Enter', 'source'],
    ['n p', 'piece'],
    ['+ -', 'rate'],
    ['c', 'comment'],
    ['m', 'MCP calls'],
    ['/', 'find'],
    ['y', 'copy id'],
    ['Esc', 'back'],
    ...LAST,
  ],
  sources: [
    ['Enter', 'its requests'],
    ['→ ←', 'unfold, fold'],
    ['o', 'order'],
    ['/', 'filter'],
    ['y', 'copy'],
    ['Esc', 'back'],
    ...LAST,
  ],
  sessions: [['Enter', 'its requests'], ['o', 'order'], ['/', 'filter'], ['y', 'copy id'], ['Esc', 'back'], ...LAST],
  context: [['Enter', 'open'], ['↑ ↓', 'request'], ['y', 'copy id'], ['Esc', 'back'], ...LAST],
  findings: [['↑ ↓', 'scroll'], ['n p', 'piece'], ['/', 'find'], ['y', 'copy setting'], ['Esc', 'back'], ...LAST],
};
