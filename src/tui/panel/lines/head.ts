import type { SourceGroup } from '../../../model/source-group.js';
import type { CacheMiss } from '../../../model/thread.js';
import { bar } from '../../../text/bars.js';
import { type Fragment, fragment, type Line, spread, widthOf } from '../../../text/line.js';
import type { Tone } from '../../../text/style.js';
import { printableLine } from '../../../text/text.js';
import {
  formatDollars,
  formatPercent,
  formatShortTime,
  formatTokens,
  formatWindow,
  markEstimate,
} from '../../../text/units.js';
import type { RateLimit } from '../data/rate-limits.js';

/** Facts about now, whatever is selected; null if unknown. */
export interface HeadFacts {
  /** Input and output of the last request of the main conversation, and the context window of its model. */
  context: { tokens: number; window: number | null } | null;
  session: {
    costUsd: number | null;
    /** Null for a session that is too short. */
    costPerHour: number | null;
    /** Whether the costs contain estimates. */
    isEstimate: boolean;
    /** Share of all input tokens that was read from the cache, 0..1. */
    cacheShare: number | null;
  } | null;
  /** The most used first. */
  limits: readonly RateLimit[];
  /** What the groups that a person can act on cost in that request. */
  groups: readonly { group: SourceGroup; costUsd: number | null }[];
  /** Why that request missed the cache. */
  miss: (CacheMiss & { id: string; at: Date }) | null;
}

export const NOTHING_KNOWN: HeadFacts = { context: null, session: null, limits: [], groups: [], miss: null };

/** Shares that are marked as a warning, and as nearly used up. */
const NOTABLE = 0.7;
const NEARLY_ALL = 0.9;

/** A form of the head line. */
interface HeadForm {
  /** Width of the gauge; 0 for figures only. */
  cells: number;
  rate?: boolean;
  cache?: boolean;
  limits?: number;
  /** When limits reset. */
  resets?: boolean;
}

/** The longest first. */
const FORMS: readonly HeadForm[] = [
  { cells: 20, rate: true, cache: true, limits: 2, resets: true },
  { cells: 20, rate: true, cache: true, limits: 1, resets: true },
  { cells: 10, rate: true, cache: true, limits: 1, resets: true },
  { cells: 10, rate: true, cache: true, limits: 1 },
  { cells: 6, rate: true, cache: true, limits: 1 },
  { cells: 6, rate: true, cache: true },
  { cells: 6, cache: true },
  { cells: 0, cache: true },
  { cells: 0 },
];

/** `main  25.0k ▕███▌      ▏ 13 % of 200k    $0.12, $1.90/h  cache 92 %  5h 71 % left, resets 15:00`. */
export function headLine(facts: HeadFacts, width: number, now: Date): Line {
  const lines = FORMS.map((form) => ({
    left: gauge(facts.context, form.cells),
    right: joined(session(facts, form), cache(facts, form), limitsOf(facts, form, now)),
  }));
  const fitting = lines.find(({ left, right }) => widthOf(left) + widthOf(right) < width) ?? lines.at(-1);
  return spread(fitting?.left ?? [], fitting?.right ?? [], width);
}

/** The head of a panel that is one row high: it also says what MCP servers and skills cost in the last request. */
export function statusLine(facts: HeadFacts, width: number, now: Date): Line {
  if (facts.groups.length === 0) return headLine(facts, width, now);
  const lines = [10, 6, 0].map((cells) => ({
    left: gauge(facts.context, cells),
    right: joined(session(facts, {}), cache(facts, { cache: true }), groupCosts(facts)),
  }));
  const fitting = lines.find(({ left, right }) => widthOf(left) + widthOf(right) < width);
  return fitting === undefined ? headLine(facts, width, now) : spread(fitting.left, fitting.right, width);
}

function joined(...parts: readonly Fragment[][]): Fragment[] {
  return parts
    .filter((part) => part.length > 0)
    .flatMap((part, index) => [...(index === 0 ? [] : [fragment('  ')]), ...part]);
}

function gauge(context: HeadFacts['context'], cells: number): Fragment[] {
  if (context === null) return [fragment('main –', 'dim')];
  const { tokens, window } = context;
  const size = fragment(formatTokens(tokens), 'accent');
  if (window === null) return [fragment('main ', 'dim'), size, fragment(' tokens', 'dim')];
  const used = tokens / window;
  const share = fragment(
    `${formatPercent(used)} of ${formatWindow(window)}`,
    used >= NOTABLE ? toneOf(used) : undefined,
  );
  if (cells === 0) return [fragment('main ', 'dim'), share];
  const filled = bar(Math.min(used, 1), 1, cells);
  return [
    fragment('main ', 'dim'),
    size,
    fragment(' ▕', 'dim'),
    fragment(filled, toneOf(used)),
    fragment(`${' '.repeat(Math.max(0, cells - filled.length))}▏ `, 'dim'),
    share,
  ];
}

function session({ session }: HeadFacts, { rate = false }: Pick<HeadForm, 'rate'>): Fragment[] {
  if (session === null) return [];
  const { costUsd, costPerHour, isEstimate } = session;
  const perHour =
    rate && costPerHour !== null ? [fragment(`, ${markEstimate(formatDollars(costPerHour), isEstimate)}/h`)] : [];
  return [fragment('session ', 'dim'), fragment(markEstimate(formatDollars(costUsd), isEstimate)), ...perHour];
}

function cache({ session }: HeadFacts, { cache = false }: Pick<HeadForm, 'cache'>): Fragment[] {
  if (!cache || session === null || session.cacheShare === null) return [];
  return [fragment('cache ', 'dim'), fragment(formatPercent(session.cacheShare))];
}

function groupCosts({ groups }: HeadFacts): Fragment[] {
  return [
    fragment('last: ', 'dim'),
    ...groups.flatMap(({ group, costUsd }, index) => [
      fragment(`${index === 0 ? '' : ', '}${group} `, 'dim'),
      fragment(formatDollars(costUsd)),
    ]),
  ];
}

/** A limit that is nearly used up is always shown; one that has reset since is not. */
function limitsOf({ limits }: HeadFacts, { limits: most = 0, resets = false }: HeadForm, now: Date): Fragment[] {
  const current = limits.filter(({ resetsAt }) => resetsAt === null || resetsAt > now);
  const shown = most > 0 ? current.slice(0, most) : current.filter(({ used }) => used >= NEARLY_ALL).slice(0, 1);
  return shown.flatMap(({ name, used, resetsAt }, index) => [
    fragment(`${index === 0 ? '' : ', '}${printableLine(name)} `, 'dim'),
    fragment(`${formatPercent(Math.max(0, 1 - used))} left`, used >= NOTABLE ? toneOf(used) : undefined),
    ...(resets && resetsAt !== null ? [fragment(`, resets ${clock(resetsAt, now)}`, 'dim')] : []),
  ]);
}

/** 15:00; with the date if it is not today: 12-03 15:00. */
function clock(time: Date, now: Date): string {
  const text = formatShortTime(time, now, 11);
  return text.length === 8 ? text.slice(0, 5) : text;
}

function toneOf(used: number): Tone {
  if (used >= NEARLY_ALL) return 'bad';
  return used >= NOTABLE ? 'warn' : 'good';
}
