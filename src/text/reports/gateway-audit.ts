import type { Tone } from '../style.js';
import { type Column, renderTable } from '../table.js';
import { formatTime } from '../units.js';

/** A line of the gateway's audit log. */
export interface AuditRow {
  at: Date;
  type: string;
  outcome: string;
  route: string | null;
  subject: string | null;
  /** The other fields of the line. */
  detail: string;
}

export function describeAudit(rows: readonly AuditRow[], width: number, now: Date): string[] {
  if (rows.length === 0) return ['No events match.'];
  return renderTable(columnsAt(now), rows, width);
}

function columnsAt(now: Date): Column<AuditRow>[] {
  return [
    { heading: 'TIME', cell: ({ at }) => formatTime(at, now) },
    { heading: 'TYPE', cell: ({ type }) => type },
    { heading: 'OUTCOME', cell: ({ outcome }) => outcome, tone: toneOf },
    { heading: 'ROUTE', cell: ({ route }) => route ?? '' },
    { heading: 'SUBJECT', cut: 'middle', dropOrder: 1, cell: ({ subject }) => subject ?? '' },
    { heading: 'DETAIL', grow: true, cell: ({ detail }) => detail },
  ];
}

const GOOD: ReadonlySet<string> = new Set(['ok', 'accepted', 'opened', 'closed', 'healthy', 'connected', 'started']);
const BAD: ReadonlySet<string> = new Set([
  'error',
  'failed',
  'lost',
  'internal',
  'open',
  'unhealthy',
  'upstream_error',
]);

function toneOf({ outcome }: AuditRow): Tone | undefined {
  if (BAD.has(outcome)) return 'bad';
  return GOOD.has(outcome) ? undefined : 'warn';
}
