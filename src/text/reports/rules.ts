import type { RuleHit } from '../../model/rule.js';
import type { RuleStatus, Tried } from '../../rules/index.js';
import { displayWidth } from '../fit.js';
import { style, type Tone } from '../style.js';
import { type Column, renderTable } from '../table.js';
import { printableLine } from '../text.js';
import { counted, formatTime } from '../units.js';

/** A rule as a list shows it. */
export interface RuleRow {
  id: string;
  priority: number;
  isEnabled: boolean;
  /** Its conditions as one line of YAML; empty without any. */
  when: string;
  /** The names of its actions. */
  actions: readonly string[];
}

export function describeRules(rows: readonly RuleRow[], width: number): string[] {
  if (rows.length === 0) return ['The file has no rules.'];
  const columns: Column<RuleRow>[] = [
    {
      ...cutColumn('RULE', rows, ({ id }) => id, width),
      tone: ({ isEnabled }) => (isEnabled ? undefined : 'dim'),
    },
    ...(rows.some(({ isEnabled }) => !isEnabled)
      ? [{ heading: 'STATE', cell: ({ isEnabled }: RuleRow) => (isEnabled ? '' : 'off') }]
      : []),
    ...(rows.some(({ priority }) => priority !== 0)
      ? [{ heading: 'PRIORITY', align: 'right' as const, cell: ({ priority }: RuleRow) => String(priority) }]
      : []),
    { heading: 'THEN', cell: ({ actions }) => actions.join(', ') },
    { heading: 'WHEN', grow: true, cell: ({ when }) => when || 'every request' },
  ];
  return renderTable(columns, rows, width);
}

/** The problems and warnings of a check, each on a line. */
export function describeCheck(
  file: string,
  rules: number,
  problems: readonly string[],
  warnings: readonly string[],
): string[] {
  const lines = [
    ...problems.map((line) => style(printableLine(line), 'bad')),
    ...warnings.map((line) => `${style('warning', 'warn')}  ${printableLine(line)}`),
  ];
  if (problems.length > 0) return lines;
  const found = warnings.length === 0 ? 'no warnings' : counted(warnings.length, 'warning');
  return [...lines, `${printableLine(file)}: ${counted(rules, 'rule')}, ${found}.`];
}

/** As wide as its widest cell, on a terminal at most a third of it. */
function cutColumn<Row>(heading: string, rows: readonly Row[], cell: (row: Row) => string, width: number): Column<Row> {
  const widest = Math.max(heading.length, ...rows.map((row) => displayWidth(cell(row))));
  const max = Math.floor(width / 3);
  return { heading, cell, cut: 'middle', ...(widest > max ? { width: max } : {}) };
}

export interface TrialSummary {
  messages: number;
  matched: number;
  rules: readonly RuleStatus[];
  /** The first of those that matched. */
  found: readonly Tried[];
}

export function describeTrial({ messages, matched, rules, found }: TrialSummary, width: number, now: Date): string[] {
  const rows = found.flatMap((message) =>
    message.decision.hits.map((hit, index) => ({ message, hit, isFirst: index === 0 })),
  );
  type Row = (typeof rows)[number];
  const first = (cell: (message: Tried) => string) => (row: Row) => (row.isFirst ? cell(row.message) : '');
  const columns: Column<Row>[] = [
    { heading: 'TIME', dropOrder: 1, cell: first(({ at }) => formatTime(new Date(at), now)) },
    { heading: 'SERVER', dropOrder: 2, cell: first(({ server }) => server) },
    cutColumn('MESSAGE', rows, first(describeMessage), width),
    cutColumn('RULE', rows, ({ hit }) => hit.rule, width),
    { heading: 'ACTION', cell: ({ hit }) => hit.action, tone: ({ hit }) => TONES[hit.action] },
    { heading: 'DETAIL', grow: true, cell: ({ hit }) => hit.detail ?? '' },
  ];
  const more = matched - found.length;
  return [
    ...(rows.length === 0 ? [] : renderTable(columns, rows, width)),
    ...(more > 0 ? [`… and ${counted(more, 'more message')}; --limit shows more.`] : []),
    ...(rows.length === 0 ? [] : ['']),
    `Rules apply to ${matched} of ${counted(messages, 'message')}.`,
    ...renderTable(
      [
        cutColumn('RULE', rules, ({ rule }) => rule, width),
        { heading: 'MESSAGES', align: 'right', cell: ({ hits }) => String(hits) },
        { heading: 'PROBLEM', grow: true, cell: ({ lastError }) => lastError ?? '' },
      ],
      rules,
      width,
    ),
  ];
}

const TONES: Partial<Record<RuleHit['action'], Tone>> = { block: 'bad', fault: 'bad', alert: 'warn' };

function describeMessage({ sender, kind, method, name }: Tried): string {
  const what = [method ?? '', name ?? ''].filter(Boolean).join(' ');
  const arrow = sender === 'client' ? '→' : '←';
  return `${arrow} ${kind === 'response' ? `answer to ${what || 'an unknown request'}` : what}`;
}
