import type { PausedMessage } from '../../model/paused-message.js';
import type { RuleFigures } from '../../model/rule-hits.js';
import { type Column, renderTable } from '../table.js';
import { formatDuration, formatShortTime } from '../units.js';

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
      cell: ({ method, name }) => [method, name].filter((part) => part !== null).join(' '),
    },
  ];
  return renderTable(columns, rows, width);
}
