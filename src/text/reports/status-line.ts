import type { BudgetUse } from '../../model/budget.js';
import type { SourceGroup } from '../../model/source-group.js';
import { shortBudgetUse } from '../budget.js';
import { type Fragment, fragment, type Line } from '../line.js';
import { stackedBar } from '../stacked-bar.js';
import { styleAlways } from '../style.js';
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
  /** Share of all input tokens that was read from the cache, 0..1. */
  cacheShare: number | null;
  /** Budgets that are nearly spent. */
  budgets: readonly BudgetUse[];
  /** Why there are no groups. */
  problem: string | null;
}

/** A form of the line. */
interface Form {
  model: boolean;
  /** Width of the bar; 0 for figures only. */
  cells: number;
  groups: number;
}

/** The longest first. */
const FORMS: readonly Form[] = [
  { model: true, cells: 20, groups: 3 },
  { model: false, cells: 20, groups: 3 },
  { model: false, cells: 10, groups: 3 },
  { model: false, cells: 10, groups: 2 },
  { model: false, cells: 10, groups: 1 },
  { model: false, cells: 0, groups: 1 },
  { model: false, cells: 0, groups: 0 },
];

/** Shares of the window that are marked as a warning, and as nearly full. */
const NOTABLE = 0.7;
const NEARLY_ALL = 0.9;

/** Loading what measures the width of any text takes a tenth of our time, and Claude Code's own names are ASCII. */
const SHOWN_MODEL = /^[ -~]{1,24}$/;

const GAP = fragment('  ');

/**
 * One line for Claude Code's status line: `Opus  ▕TTTTMMC         ▏ 46 % of 200k  tools 40.1k, mcp 21.0k  $1.24  cache 93 %`.
 * In colours unless the environment forbids them; Claude Code is not a terminal, and shows them.
 */
export function statusLine(facts: StatusFacts, width: number, hasColours: boolean): string {
  const lines = FORMS.map((form) => joined(partsOf(facts, form)));
  const fitting = lines.find((line) => line.reduce((sum, { text }) => sum + text.length, 0) <= width);
  if (fitting === undefined)
    return (lines.at(-1) ?? [])
      .map(({ text }) => text)
      .join('')
      .slice(0, width);
  return fitting.map(({ text, tone }) => (hasColours ? styleAlways(text, tone) : text)).join('');
}

/** Each character is one column wide. */
function partsOf(facts: StatusFacts, { model, cells, groups }: Form): Line[] {
  const { context, cost, cacheShare, budgets, problem } = facts;
  return [
    model && SHOWN_MODEL.test(facts.model ?? '') ? [fragment(facts.model ?? '', 'dim')] : [],
    contextPart(context, cells),
    groupsPart(context, groups),
    cost === null ? [] : [fragment(markEstimate(formatDollars(cost.usd), cost.isEstimate))],
    cacheShare === null ? [] : [fragment('cache ', 'dim'), fragment(formatPercent(cacheShare))],
    ...budgets.map((use) => [fragment(shortBudgetUse(use), use.share < 1 ? 'warn' : 'bad')]),
    problem === null ? [] : [fragment(problem, 'dim')],
  ];
}

function contextPart(context: StatusFacts['context'], cells: number): Line {
  if (context === null) return [fragment('context –', 'dim')];
  const { tokens, window } = context;
  const share = window === null ? 0 : tokens / window;
  const tone = share < NOTABLE ? undefined : share < NEARLY_ALL ? 'warn' : 'bad';
  const figure =
    window === null ? `${formatTokens(tokens)} tokens` : `${formatPercent(share)} of ${formatWindow(window)}`;
  if (cells === 0) return [fragment('context ', 'dim'), fragment(figure, tone)];
  const bar = stackedBar(context, window ?? tokens, cells);
  const filled = bar.reduce((sum, { text }) => sum + text.length, 0);
  return [fragment('▕', 'dim'), ...bar, fragment(`${' '.repeat(cells - filled)}▏ `, 'dim'), fragment(figure, tone)];
}

/** The names have the colours of the bar. */
function groupsPart(context: StatusFacts['context'], most: number): Line {
  return (context?.groups ?? [])
    .slice(0, most)
    .flatMap(({ group, tokens }, index): Fragment[] => [
      ...(index === 0 ? [] : [fragment(', ')]),
      fragment(group, group),
      fragment(` ${formatTokens(tokens)}`),
    ]);
}

function joined(parts: readonly Line[]): Line {
  return parts.filter((part) => part.length > 0).flatMap((part, index) => (index === 0 ? part : [GAP, ...part]));
}
