import { bar } from '../../../cli/format/bars.js';
import { formatDollars, formatPercent, formatTokens } from '../../../cli/format/units.js';
import type { RateLimit } from '../data/rate-limits.js';
import { type Line, type Run, run, spread } from '../text/line.js';
import type { Tone } from '../theme.js';

/** What the head line tells; null where nothing is known. */
export interface HeadFacts {
  /** Input and output of the request that is looked at, and what its model can read at once. */
  context: { tokens: number; window: number | null } | null;
  session: { cost_usd: number | null; requests: number } | null;
  limits: readonly RateLimit[];
}

export const NOTHING_KNOWN: HeadFacts = { context: null, session: null, limits: [] };

/** Used so much, something deserves a look, and soon there is none left. */
const NOTABLE = 0.7;
const NEARLY_ALL = 0.9;

/** Columns below which the figures need the room of the words. */
const ROOMY = 90;
const NARROW = 60;

/** The head line: `claude-trace  context ██████▌     54 % of 200k    session $1.24, 45 requests  limits 5h 34 %`. */
export function headLine(facts: HeadFacts, width: number): Line {
  const left: Run[] = width >= ROOMY ? [run('claude-trace', 'heading'), run('  ')] : [];
  return spread([...left, ...gauge(facts.context, width)], [...session(facts), ...limits(facts, width)], width);
}

function gauge(context: HeadFacts['context'], width: number): Run[] {
  if (context === null) return [run('context –', 'dim')];
  const { tokens, window } = context;
  if (window === null) return [run('context '), run(`${formatTokens(tokens)} tokens`, 'accent')];
  const used = tokens / window;
  const cells = width >= 100 ? 20 : 10;
  const filled = bar(Math.min(used, 1), 1, cells);
  return [
    run('context ▕', 'dim'),
    run(filled, toneOf(used)),
    run(`${' '.repeat(Math.max(0, cells - filled.length))}▏`, 'dim'),
    run(` ${formatPercent(used)}`, used >= NOTABLE ? toneOf(used) : undefined),
    ...(width >= ROOMY ? [run(` of ${formatWindow(window)}`)] : []),
  ];
}

/** 200k, 1M: round by nature. */
function formatWindow(tokens: number): string {
  return tokens >= 1_000_000 ? `${tokens / 1_000_000}M` : `${Math.round(tokens / 1_000)}k`;
}

function session({ session }: HeadFacts): Run[] {
  if (session === null) return [];
  return [run('session ', 'dim'), run(formatDollars(session.cost_usd)), run(` (${session.requests})`, 'dim')];
}

function limits({ limits }: HeadFacts, width: number): Run[] {
  const shown = limits.filter(({ used }) => width >= NARROW || used >= NOTABLE).slice(0, width >= 120 ? 3 : 1);
  if (shown.length === 0) return [];
  return [
    run('  limits ', 'dim'),
    ...shown.map(({ name, used }, index) =>
      run(`${index === 0 ? '' : ', '}${name} ${formatPercent(used)}`, used >= NOTABLE ? toneOf(used) : undefined),
    ),
  ];
}

function toneOf(used: number): Tone {
  if (used >= NEARLY_ALL) return 'bad';
  return used >= NOTABLE ? 'warn' : 'good';
}
