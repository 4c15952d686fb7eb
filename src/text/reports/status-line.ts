import { styleText } from 'node:util';
import type { BudgetUse } from '../../model/budget.js';
import type { SourceGroup } from '../../model/source-group.js';
import { bar } from '../bars.js';
import { shortBudgetUse } from '../budget.js';
import { formatDollars, formatPercent, formatTokens, formatWindow, markEstimate } from '../units.js';

/** What a status line shows. Null where nothing is known. */
export interface StatusFacts {
  /** Shown only in ASCII. */
  model: string | null;
  context: {
    /** Input and output of the last request. */
    tokens: number;
    window: number | null;
    /** The largest first; empty where the session is not traced. */
    groups: readonly { group: SourceGroup; tokens: number }[];
  } | null;
  /** US dollars. */
  cost: { usd: number; isEstimate: boolean } | null;
  /** Of all input tokens, 0..1. */
  cacheShare: number | null;
  /** Budgets that are nearly spent. */
  budgets: readonly BudgetUse[];
  /** Why there are no groups. */
  problem: string | null;
}

type Look = Parameters<typeof styleText>[0];

interface Piece {
  /** Each character is one column wide. */
  text: string;
  look?: Look | undefined;
}

/** A form of the line. */
interface Form {
  model: boolean;
  /** Of the bar; 0 for figures only. */
  cells: number;
  groups: number;
}

/** The longest first. */
const FORMS: readonly Form[] = [
  { model: true, cells: 16, groups: 3 },
  { model: false, cells: 16, groups: 3 },
  { model: false, cells: 10, groups: 3 },
  { model: false, cells: 10, groups: 2 },
  { model: false, cells: 10, groups: 1 },
  { model: false, cells: 0, groups: 1 },
  { model: false, cells: 0, groups: 0 },
];

/** Colours of the terminal's palette, which people have made readable. The names of the groups are the legend. */
const GROUP_LOOKS: Readonly<Record<SourceGroup, Look | undefined>> = {
  mcp: 'magenta',
  skills: 'cyan',
  memory: 'yellow',
  hooks: 'red',
  agents: 'green',
  tools: 'blue',
  framework: 'gray',
  conversation: undefined,
  unknown: 'gray',
};

/** Shares of the window that are marked as a warning, and as nearly full. */
const NOTABLE = 0.7;
const NEARLY_ALL = 0.9;

/** Loading what measures the width of any text takes a tenth of our time, and Claude Code's own names are ASCII. */
const SHOWN_MODEL = /^[ -~]{1,24}$/;
const GAP: Piece = { text: '  ' };

/**
 * One line for Claude Code's status line: `Opus  ▕███████▍        ▏ 46 % of 200k  tools 40.1k, mcp 21.0k  $1.24  cache 93 %`.
 * In colours unless the environment forbids them; Claude Code is not a terminal, and shows them.
 */
export function statusLine(facts: StatusFacts, width: number, hasColours: boolean): string {
  const lines = FORMS.map((form) => joined(partsOf(facts, form)));
  const fitting = lines.find((line) => widthOf(line) <= width);
  if (fitting !== undefined) return fitting.map(hasColours ? styled : plain).join('');
  return (lines.at(-1) ?? []).map(plain).join('').slice(0, width);
}

function partsOf(facts: StatusFacts, { model, cells, groups }: Form): Piece[][] {
  const { context, cost, cacheShare, budgets, problem } = facts;
  return [
    model && SHOWN_MODEL.test(facts.model ?? '') ? [{ text: facts.model ?? '', look: 'dim' }] : [],
    contextPieces(context, cells),
    groupPieces(context, groups),
    cost === null ? [] : [{ text: markEstimate(formatDollars(cost.usd), cost.isEstimate) }],
    cacheShare === null ? [] : [{ text: 'cache ', look: 'dim' }, { text: formatPercent(cacheShare) }],
    ...budgets.map((use): Piece[] => [{ text: shortBudgetUse(use), look: use.share < 1 ? 'yellow' : 'red' }]),
    problem === null ? [] : [{ text: problem, look: 'dim' }],
  ];
}

function contextPieces(context: StatusFacts['context'], cells: number): Piece[] {
  if (context === null) return [{ text: 'context –', look: 'dim' }];
  const { tokens, window } = context;
  const share = window === null ? 1 : Math.min(tokens / window, 1);
  const look = share < NOTABLE || window === null ? undefined : share < NEARLY_ALL ? 'yellow' : 'red';
  const figure =
    window === null ? `${formatTokens(tokens)} tokens` : `${formatPercent(tokens / window)} of ${formatWindow(window)}`;
  if (cells === 0)
    return [
      { text: 'context ', look: 'dim' },
      { text: figure, look },
    ];
  return [...barPieces(context, share, cells), { text: ' ' }, { text: figure, look }];
}

/** A stacked bar: the groups share the cells that are filled. */
function barPieces({ groups }: NonNullable<StatusFacts['context']>, share: number, cells: number): Piece[] {
  const filled = bar(share, 1, cells);
  const total = groups.reduce((sum, { tokens }) => sum + tokens, 0);
  const pieces: Piece[] = [];
  let sum = 0;
  let from = 0;
  for (const { group, tokens } of groups) {
    sum += tokens;
    const to = Math.round((sum / total) * filled.length);
    if (to > from) pieces.push({ text: filled.slice(from, to), look: GROUP_LOOKS[group] });
    from = Math.max(from, to);
  }
  if (from < filled.length) pieces.push({ text: filled.slice(from) });
  return [
    { text: '▕', look: 'dim' },
    ...pieces,
    { text: `${' '.repeat(Math.max(0, cells - filled.length))}▏`, look: 'dim' },
  ];
}

function groupPieces(context: StatusFacts['context'], most: number): Piece[] {
  return (context?.groups ?? [])
    .slice(0, most)
    .flatMap(({ group, tokens }, index) => [
      ...(index === 0 ? [] : [{ text: ', ' }]),
      { text: `${group} `, look: GROUP_LOOKS[group] },
      { text: formatTokens(tokens) },
    ]);
}

function joined(parts: readonly Piece[][]): Piece[] {
  return parts.filter((part) => part.length > 0).flatMap((part, index) => (index === 0 ? part : [GAP, ...part]));
}

function widthOf(line: readonly Piece[]): number {
  return line.reduce((sum, { text }) => sum + text.length, 0);
}

function plain({ text }: Piece): string {
  return text;
}

function styled({ text, look }: Piece): string {
  return look === undefined ? text : styleText(look, text, { validateStream: false });
}
