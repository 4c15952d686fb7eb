import type { ContextPoint } from '../../history/context-growth.js';
import type { SourceGroup } from '../../model/source-group.js';
import { describeContextEvents, formatContextTokens } from '../context-point.js';
import { escapeMarkup, GROUP_COLOURS } from '../markup.js';
import { barScale, STACK_ORDER } from '../stacked-bar.js';
import { counted, formatPercent, formatTokens, formatWindow, shareOf } from '../units.js';
import { type ContextReport, contextTitle } from './context.js';

const WIDTH = 1_000;
const HEIGHT = 480;
const PLOT = { left: 64, top: 56, width: 916, height: 340 };
/** A few requests are not drawn as wide blocks. */
const MAX_COLUMN = 40;

/** Lines over the colour of a group, in a tile of 8 by 8: groups differ without colours too. */
const HATCHES: Readonly<Record<SourceGroup, string>> = {
  framework: '',
  tools: 'M0 4H8',
  mcp: 'M0 8L8 0',
  skills: 'M4 0V8',
  memory: 'M0 0L8 8',
  hooks: 'M0 4H8M4 0V8',
  agents: 'M0 8L8 0M0 0L8 8',
  conversation: 'M3 4H5',
  unknown: 'M1 1H2M5 5H6',
};

/** The growth of a context as a picture: one file that loads nothing, readable on light and dark. */
export function contextSvg(report: ContextReport): string {
  const { points, total, maxTokens } = report;
  const window = points.at(-1)?.window ?? null;
  const scale = barScale(maxTokens, window);
  const column = Math.min(MAX_COLUMN, PLOT.width / Math.max(1, points.length));
  const shown = points.length < total ? ` (${points.length} are shown)` : '';
  const title = `${contextTitle(report)}: ${counted(total, 'request')}${shown}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    `<title>${escapeMarkup(title)}</title>`,
    `<style>${STYLE}</style>`,
    `<defs>${STACK_ORDER.map(patternOf).join('')}</defs>`,
    `<rect class="page" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text class="title" x="${PLOT.left}" y="24">${escapeMarkup(title)}</text>`,
    `<text class="small" x="${PLOT.left}" y="42">Input tokens of each request by group of sources. ▼ cache miss, dashed line: compaction.</text>`,
    ...gridLines(scale, window),
    ...points.map((point, index) => columnOf(point, PLOT.left + index * column, column, scale)),
    ...legend(points.findLast(({ groups }) => groups.length > 0)),
    `<text class="small" x="${PLOT.left}" y="${HEIGHT - 8}">Figures are those of the last request.</text>`,
    '</svg>',
    '',
  ].join('\n');
}

const STYLE =
  '.page{fill:#fff}text{fill:#24292f;font:13px system-ui,sans-serif}.title{font-size:15px;font-weight:600}' +
  '.small{font-size:12px;opacity:.75}.grid{stroke:#8886}.limit{stroke:#d9534f;stroke-width:2}' +
  '.compaction{stroke:#24292f;stroke-dasharray:3 3}.miss{fill:#d97706}.ungrouped{fill:none;stroke:#8889}' +
  '@media(prefers-color-scheme:dark){.page{fill:#15181d}text{fill:#e6e8eb}.compaction{stroke:#e6e8eb}}';

function patternOf(group: SourceGroup): string {
  return (
    `<pattern id="${group}" width="8" height="8" patternUnits="userSpaceOnUse">` +
    `<rect width="8" height="8" fill="${GROUP_COLOURS[group]}"/>` +
    `<path d="${HATCHES[group]}" stroke="#fff" stroke-opacity=".55" fill="none"/></pattern>`
  );
}

function yOf(tokens: number, scale: number): number {
  return round(PLOT.top + PLOT.height * (1 - tokens / scale));
}

function gridLines(scale: number, window: number | null): string[] {
  const right = PLOT.left + PLOT.width;
  const line = (tokens: number, style: string, label: string): string => {
    const y = yOf(tokens, scale);
    return (
      `<line class="${style}" x1="${PLOT.left}" x2="${right}" y1="${y}" y2="${y}"/>` +
      `<text class="small" x="${PLOT.left - 6}" y="${y + 4}" text-anchor="end">${label}</text>`
    );
  };
  const quarters = [0, 0.25, 0.5, 0.75, 1].filter((part) => part * scale !== window);
  return [
    ...quarters.map((part) => line(part * scale, 'grid', formatTokens(part * scale))),
    ...(window === null || window > scale ? [] : [line(window, 'limit', formatWindow(window))]),
    ...(window === null || window <= scale
      ? []
      : [`<text class="small" x="${right}" y="42" text-anchor="end">the window is ${formatWindow(window)}</text>`]),
  ];
}

function columnOf(point: ContextPoint, x: number, width: number, scale: number): string {
  const { tokens, groups, compaction, cacheMiss } = point;
  const left = round(x);
  const inner = round(Math.max(0.5, width * 0.86));
  const sum = groups.reduce((all, group) => all + group.tokens, 0);
  let below = 0;
  const parts = STACK_ORDER.flatMap((name) => {
    const group = groups.find((each) => each.group === name);
    if (group === undefined || tokens === null) return [];
    const height = (PLOT.height * (tokens * (group.tokens / sum))) / scale;
    below += height;
    const y = round(PLOT.top + PLOT.height - below);
    return [`<rect x="${left}" y="${y}" width="${inner}" height="${round(height)}" fill="url(#${name})"/>`];
  });
  const top = yOf(tokens ?? 0, scale);
  if (parts.length === 0 && tokens !== null) {
    const height = round(PLOT.top + PLOT.height - top);
    parts.push(`<rect class="ungrouped" x="${left}" y="${top}" width="${inner}" height="${height}"/>`);
  }
  if (compaction !== null) {
    const bottom = PLOT.top + PLOT.height;
    parts.push(`<line class="compaction" x1="${left}" x2="${left}" y1="${PLOT.top}" y2="${bottom}"/>`);
  }
  if (cacheMiss !== null) {
    const middle = round(x + inner / 2);
    parts.push(`<path class="miss" d="M${round(middle - 5)} ${round(top - 11)}h10l-5 8z"/>`);
  }
  return `<g><title>${escapeMarkup(describePoint(point))}</title>${parts.join('')}</g>`;
}

function describePoint(point: ContextPoint): string {
  const cached = formatPercent(shareOf(point.cacheReadTokens, point.tokens));
  return [
    `request ${point.number}, ${point.timestamp.toISOString()}`,
    `${formatContextTokens(point)} tokens, ${cached} cached`,
    ...point.groups.map(({ group, tokens }) => `${group} ${formatTokens(tokens)}`),
    ...describeContextEvents(point),
  ].join('\n');
}

const LEGEND_COLUMN = 183;

/** The groups, with their figures in the last request. */
function legend(last: ContextPoint | undefined): string[] {
  return STACK_ORDER.map((group, index) => {
    const x = PLOT.left + (index % 5) * LEGEND_COLUMN;
    const y = PLOT.top + PLOT.height + 26 + Math.floor(index / 5) * 26;
    const tokens = last?.groups.find((each) => each.group === group)?.tokens;
    const figure = tokens === undefined ? '' : ` ${formatTokens(tokens)}`;
    return (
      `<rect x="${x}" y="${y - 12}" width="16" height="16" fill="url(#${group})"/>` +
      `<text x="${x + 23}" y="${y + 1}">${group}${figure}</text>`
    );
  });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
