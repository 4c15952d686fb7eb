import type { PausedMessage } from '../../model/paused-message.js';
import type { RuleFailure } from '../../model/rule-failure.js';
import type { RuleFigures } from '../../model/rule-hits.js';
import { style } from '../style.js';
import { type Column, renderTable } from '../table.js';
import { printableLine } from '../text.js';
import { counted, formatDuration, formatShortTime, formatTime } from '../units.js';
import { wrapText } from '../wrap.js';

/** What rules did, a line for each rule and action. */
export function describeRuleFigures(rows: readonly RuleFigures[], width: number, now: Date): string[] {
  if (rows.length === 0) return ['No rule has been applied yet.'];
  const columns: Column<RuleFigures>[] = [
    { heading: 'RULE', cell: ({ rule }) => rule },
    { heading: 'ACTION', cell: ({ action }) => action },
    { heading: 'MESSAGES', align: 'right', cell: ({ hits }) => String(hits) },
    { heading: 'LAST', cell: ({ last }) => formatShortTime(last, now, 8) },
    { heading: 'DETAIL', grow: true, cell: ({ detail }) => detail ?? '' },
  ];
  return renderTable(columns, rows, width);
}

/** Rules that failed, each with its last error in full. */
export function describeRuleFailures(rows: readonly RuleFailure[], width: number, now: Date): string[] {
  return rows.flatMap(({ rule, server, count, lastError, at }) => [
    `${style(printableLine(rule), 'bad')} failed ${counted(count, 'time')}, last at ${formatTime(new Date(at), now)} with ${printableLine(server)}:`,
    ...wrapText(lastError, width, '  '),
  ]);
}

/** Messages that wait for a person. */
export function describePaused(rows: readonly PausedMessage[], width: number, now: Date): string[] {
  const columns: Column<PausedMessage>[] = [
    { heading: 'PAUSED', cell: ({ id }) => id },
    { heading: 'RULE', cell: ({ rule }) => rule },
    { heading: 'SERVER', cell: ({ server }) => server },
    {
      heading: 'PASSES IN',
      align: 'right',
      cell: ({ since, limitMs }) => formatDuration(Math.max(0, since + limitMs - now.getTime())),
    },
    {
      heading: 'MESSAGE',
      grow: true,
      cell: ({ method, name, alerts }) => {
        const what = [method, name].filter((part) => part !== null).join(' ');
        return alerts.length === 0 ? what : `${what}, alert: ${alerts.join('; ')}`;
      },
    },
  ];
  return renderTable(columns, rows, width);
}
