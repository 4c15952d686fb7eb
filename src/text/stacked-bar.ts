import type { SourceGroup } from '../model/source-group.js';
import { fragment, type Line, widthOf } from './line.js';
import { formatWindow } from './units.js';

/** The order of groups in a bar: first those that hardly change from one request to the next. */
export const STACK_ORDER: readonly SourceGroup[] = [
  'framework',
  'tools',
  'mcp',
  'skills',
  'memory',
  'hooks',
  'agents',
  'conversation',
  'unknown',
];

/** The letters of groups in bars: they can be read without colours. */
export const GROUP_LETTERS: Readonly<Record<SourceGroup, string>> = {
  framework: 'F',
  tools: 'T',
  mcp: 'M',
  skills: 'S',
  memory: 'Y',
  hooks: 'H',
  agents: 'A',
  conversation: 'C',
  unknown: '?',
};

/** Fills a bar whose groups are not known. */
const UNGROUPED = '·';

interface Grouped {
  /** Null where they are not known: the bar is empty. */
  tokens: number | null;
  groups: readonly { group: SourceGroup; tokens: number }[];
}

/**
 * A bar of the tokens of a request, by group, `width` columns long for `scale` tokens. Every group has a column, as far as
 * there are columns.
 */
export function stackedBar({ tokens, groups }: Grouped, scale: number, width: number): Line {
  if (tokens === null || tokens <= 0 || scale <= 0) return [];
  const columns = Math.max(1, Math.min(width, Math.round((tokens / scale) * width)));
  const sum = groups.reduce((all, group) => all + group.tokens, 0);
  if (sum === 0) return [fragment(UNGROUPED.repeat(columns), 'dim')];
  // The largest come first: they have a column where there are fewer columns than groups.
  const shown = groups.toSorted((a, b) => b.tokens - a.tokens).slice(0, columns);
  const shares = shown.map((group) => ({
    group: group.group,
    exact: 1 + (group.tokens / sum) * (columns - shown.length),
  }));
  let left = columns - shares.reduce((all, { exact }) => all + Math.floor(exact), 0);
  const rounded = shares
    .toSorted((a, b) => (b.exact % 1) - (a.exact % 1))
    .map(({ group, exact }) => ({ group, length: Math.floor(exact) + (left-- > 0 ? 1 : 0) }));
  return STACK_ORDER.flatMap((group) => {
    const length = rounded.find((each) => each.group === group)?.length ?? 0;
    return length === 0 ? [] : [fragment(GROUP_LETTERS[group].repeat(length), group)];
  });
}

/** Bars shorter than this part of the window would say little: they get a scale of their own. */
const MIN_SHARE = 0.3;

/**
 * The tokens of a bar of full width: the window if the bars fill a fair part of it, else a round number above the
 * largest.
 * @param window null where it is unknown
 */
export function barScale(maxTokens: number, window: number | null): number {
  if (window !== null && maxTokens >= window * MIN_SHARE) return Math.max(window, maxTokens);
  const power = 10 ** Math.floor(Math.log10(Math.max(1_000, maxTokens)));
  const round = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= maxTokens) ?? 10;
  return round * power;
}

/** `0 ───── 200k`: the tokens of a bar of full width. */
export function scaleText(scale: number, window: number | null, width: number): string {
  const end =
    window === null || scale === window ? formatWindow(scale) : `${formatWindow(scale)} of ${formatWindow(window)}`;
  return `0${end.padStart(Math.max(end.length + 1, width - 1))}`;
}

/** A bar, and a line at the limit of the window where the scale reaches it. */
export function limitedBar(request: Grouped & { window: number | null }, scale: number, width: number): Line {
  const bar = stackedBar(request, scale, width);
  const { window } = request;
  if (window === null || window > scale) return bar;
  const gap = Math.round((window / scale) * width) - widthOf(bar);
  return gap < 0 ? bar : [...bar, fragment(`${' '.repeat(gap)}│`, 'dim')];
}
