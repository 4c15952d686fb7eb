import type { SessionSummary } from '../../../model/session.js';
import { bar } from '../../../text/bars.js';
import { type Fragment, fragment, type Line, spread, widthOf } from '../../../text/line.js';
import type { Tone } from '../../../text/style.js';
import { printableLine } from '../../../text/text.js';
import { formatDollars, formatPercent, formatTokens, formatWindow, markEstimate } from '../../../text/units.js';
import type { RateLimit } from '../data/rate-limits.js';

/** Null where nothing is known. */
export interface HeadFacts {
  /** Input and output of the current request, and the context window of its model. */
  context: { tokens: number; window: number | null } | null;
  session: Pick<SessionSummary, 'costUsd' | 'requests' | 'estimatedRequests'> | null;
  limits: readonly RateLimit[];
}

export const NOTHING_KNOWN: HeadFacts = { context: null, session: null, limits: [] };

/** Shares that are marked as a warning, and as nearly used up. */
const NOTABLE = 0.7;
const NEARLY_ALL = 0.9;

/** A form of the head line. */
interface HeadForm {
  name: boolean;
  /** Of the gauge; 0 for figures only. */
  cells: number;
  limits: number;
}

/** The longest first. */
const FORMS: readonly HeadForm[] = [
  { name: true, cells: 20, limits: 3 },
  { name: true, cells: 10, limits: 1 },
  { name: false, cells: 10, limits: 1 },
  { name: false, cells: 10, limits: 0 },
  { name: false, cells: 0, limits: 0 },
];

/** The head line: `claude-trace  context ▕██████▌     ▏ 54 % of 200k    session $1.24 (45)  limits 5h 34 %`. */
export function headLine(facts: HeadFacts, width: number): Line {
  const lines = FORMS.map(({ name, cells, limits }) => ({
    left: [...(name ? [fragment('claude-trace', 'heading'), fragment('  ')] : []), ...gauge(facts.context, cells)],
    right: [...session(facts), ...limitsOf(facts, limits)],
  }));
  const fitting = lines.find(({ left, right }) => widthOf(left) + widthOf(right) < width) ?? lines.at(-1);
  return spread(fitting?.left ?? [], fitting?.right ?? [], width);
}

function gauge(context: HeadFacts['context'], cells: number): Fragment[] {
  if (context === null) return [fragment('context –', 'dim')];
  const { tokens, window } = context;
  if (window === null) return [fragment('context ', 'dim'), fragment(`${formatTokens(tokens)} tokens`, 'accent')];
  const used = tokens / window;
  const share = fragment(
    `${formatPercent(used)} of ${formatWindow(window)}`,
    used >= NOTABLE ? toneOf(used) : undefined,
  );
  if (cells === 0) return [fragment('context ', 'dim'), share];
  const filled = bar(Math.min(used, 1), 1, cells);
  return [
    fragment('context ▕', 'dim'),
    fragment(filled, toneOf(used)),
    fragment(`${' '.repeat(Math.max(0, cells - filled.length))}▏ `, 'dim'),
    share,
  ];
}

function session({ session }: HeadFacts): Fragment[] {
  if (session === null) return [];
  return [
    fragment('session ', 'dim'),
    fragment(markEstimate(formatDollars(session.costUsd), session.estimatedRequests > 0)),
    fragment(` (${session.requests})`, 'dim'),
  ];
}

/** A limit that is nearly used up is always shown. */
function limitsOf({ limits }: HeadFacts, most: number): Fragment[] {
  const shown = most > 0 ? limits.slice(0, most) : limits.filter(({ used }) => used >= NEARLY_ALL).slice(0, 1);
  if (shown.length === 0) return [];
  return [
    fragment('  limits ', 'dim'),
    ...shown.map(({ name, used }, index) =>
      fragment(
        `${index === 0 ? '' : ', '}${printableLine(name)} ${formatPercent(used)}`,
        used >= NOTABLE ? toneOf(used) : undefined,
      ),
    ),
  ];
}

function toneOf(used: number): Tone {
  if (used >= NEARLY_ALL) return 'bad';
  return used >= NOTABLE ? 'warn' : 'good';
}
