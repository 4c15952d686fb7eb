import type { ContextPoint } from '../../../history/context-growth.js';
import { describeContextEvents, formatContextTokens } from '../../../text/context-point.js';
import { cutLine, type Fragment, fragment, type Line, spread, widthOf } from '../../../text/line.js';
import { contextTitle } from '../../../text/reports/context.js';
import { barScale, GROUP_LETTERS, limitedBar, STACK_ORDER, scaleText } from '../../../text/stacked-bar.js';
import {
  counted,
  formatDollars,
  formatPercent,
  formatShortTime,
  formatSigned,
  formatTokens,
  formatWindow,
  shareOf,
} from '../../../text/units.js';
import { wrap } from '../../../text/wrap.js';
import type { Size } from '../../split/layout.js';
import type { Area, Band } from '../area.js';
import type { ContextGrowth } from '../data/read-context.js';
import type { Cursor } from '../state/cursor.js';
import { CONTEXT_HEAD_ROWS, contextRows } from '../state/layout.js';

const MARK = '▸ ';
const NO_MARK = '  ';
/** Below this width, rows have no time. */
const NARROW = 64;
/** After a bar: the limit, and two marks of what happened. */
const MARKS_WIDTH = 5;
/** Width of a shortened time. */
const TIME_WIDTH = 11;

/** A bar for each request, the oldest first, and the figures of the selected one. */
export function contextBands(growth: ContextGrowth, cursor: Cursor, now: Date, { width, height }: Size): Band[] {
  const rows = contextRows(height, growth.places.length);
  const selected = growth.points.get(cursor.selected) ?? null;
  return [
    [rowsArea(growth, cursor, now, { width, height: rows + CONTEXT_HEAD_ROWS })],
    ...(height > rows + CONTEXT_HEAD_ROWS
      ? [[{ lines: detailLines(selected, width), width, height: height - rows - CONTEXT_HEAD_ROWS }]]
      : []),
  ];
}

function rowsArea(growth: ContextGrowth, cursor: Cursor, now: Date, { width, height }: Size): Area {
  const { places, points, maxTokens } = growth;
  const end = Math.min(places.length, cursor.top + height - CONTEXT_HEAD_ROWS);
  const last = points.get(places.length - 1) ?? points.get(cursor.selected) ?? null;
  const scale = barScale(maxTokens, last?.window ?? null);
  const lead = leadOf(places.length, now, width);
  const heading = `${NO_MARK}${lead(null)}`;
  const bars = Math.max(4, width - heading.length - MARKS_WIDTH);
  const lines: Line[] = [
    spread([fragment(contextTitle({ ...growth, threadId: null }), 'heading')], [summary(growth, last)], width),
    [fragment(heading, 'heading'), fragment(scaleText(scale, last?.window ?? null, bars), 'dim')],
  ];
  for (let index = cursor.top; index < end; index += 1) {
    const point = points.get(index);
    const mark = fragment(index === cursor.selected ? MARK : NO_MARK);
    lines.push(
      point === undefined
        ? [mark, fragment('…', 'dim')]
        : cutLine([mark, fragment(lead(point)), ...limitedBar(point, scale, bars), ...eventMark(point)], width),
    );
  }
  return {
    lines,
    width,
    height,
    selected: cursor.selected - cursor.top + CONTEXT_HEAD_ROWS,
    click(_, y) {
      const index = cursor.top + y - CONTEXT_HEAD_ROWS;
      return y >= CONTEXT_HEAD_ROWS && index < end ? { type: 'pick', index } : null;
    },
  };
}

/** The text before the bar of a point; for null, the headings of that text. */
function leadOf(count: number, now: Date, width: number): (point: ContextPoint | null) => string {
  const numbers = String(count).length;
  const wide = width >= NARROW;
  return (point) => {
    const time = point === null ? 'TIME' : formatShortTime(point.timestamp, now, TIME_WIDTH);
    const cells = [
      (point === null ? '#' : String(point.number)).padStart(numbers),
      ...(wide ? [time.padEnd(TIME_WIDTH)] : []),
      (point === null ? 'TOKENS' : formatContextTokens(point)).padStart(7),
      (point === null ? 'CACHED' : formatPercent(shareOf(point.cacheReadTokens, point.tokens))).padStart(6),
    ];
    return `${cells.join(' ')}  `;
  };
}

function eventMark({ compaction, cacheMiss }: ContextPoint): Fragment[] {
  return [
    ...(compaction === null ? [] : [fragment(' ↓', 'accent')]),
    ...(cacheMiss === null ? [] : [fragment(' !', 'warn')]),
  ];
}

function summary({ places }: ContextGrowth, last: ContextPoint | null): Fragment {
  const share = shareOf(last?.tokens ?? null, last?.window ?? null);
  const used = share === null || !last?.window ? '' : `, ${formatPercent(share)} of ${formatWindow(last.window)}`;
  return fragment(`${counted(places.length, 'request')}${used}`, 'dim');
}

/** The figures of the selected request. */
function detailLines(point: ContextPoint | null, width: number): Line[] {
  const rule = [fragment('─'.repeat(width), 'dim')];
  if (point === null) return [rule];
  const groups = STACK_ORDER.flatMap((name): Line[] => {
    const group = point.groups.find((each) => each.group === name);
    if (group === undefined) return [];
    const added = group.newTokens === null ? '' : formatSigned(group.newTokens);
    return [
      [
        fragment(` ${GROUP_LETTERS[name]} `, name),
        fragment(` ${name} ${formatTokens(group.tokens)} `),
        fragment(`${formatPercent(shareOf(group.tokens, point.tokens))} ${formatDollars(group.costUsd)}`, 'dim'),
        ...(added === '' ? [] : [fragment(` ${added}`, 'accent')]),
        fragment('  '),
      ],
    ];
  });
  const events = describeContextEvents(point).flatMap((event) =>
    wrap(event, width).map((line) => [fragment(line, 'warn')]),
  );
  const unknown = [[fragment('Its sources are not known: the request was not attributed.', 'dim')]];
  return [rule, ...events, ...(groups.length === 0 ? unknown : flowed(groups, width))];
}

/** As many items on each line as fit. */
function flowed(items: readonly Line[], width: number): Line[] {
  const lines: Fragment[][] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + widthOf(item) <= width) last.push(...item);
    else lines.push([...item]);
  }
  return lines;
}
