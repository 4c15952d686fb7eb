import type { PausedMessage } from '../../../model/paused-message.js';
import type { RuleHitRow } from '../../../model/rule-hits.js';
import { cutLine, fragment, type Line } from '../../../text/line.js';
import { printableLine } from '../../../text/text.js';
import { counted, formatDuration, formatShortTime } from '../../../text/units.js';
import type { Size } from '../../split/layout.js';

/** Rows above the table of MCP servers, at most. */
const MAX_HELD = 4;

/** `tickets search`. */
export function heldName({ server, name, method }: PausedMessage): string {
  return printableLine(`${server} ${name ?? method ?? ''}`.trim());
}

/** Above the table of servers: messages that rules hold, and these alerts. At most half of the view. */
export function ruleNotes(
  held: readonly PausedMessage[],
  alerts: readonly RuleHitRow[],
  now: Date,
  { width, height }: Size,
): Line[] {
  const lines = [
    ...held.slice(0, MAX_HELD).map((message, index) => heldLine(message, now, index === 0)),
    ...(held.length > MAX_HELD
      ? [[fragment(`… and ${counted(held.length - MAX_HELD, 'more paused message')}`, 'warn')] as Line]
      : []),
    ...alerts.map((alert) => alertLine(alert, now)),
  ];
  return lines.slice(0, Math.floor(height / 2)).map((line) => cutLine(line, width));
}

/** `paused, r lets it pass: tickets tools/call search, 12 s of 60 s, by hold`. */
function heldLine(
  { rule, server, method, name, since, limitMs, alerts }: PausedMessage,
  now: Date,
  isFirst: boolean,
): Line {
  const what = [server, method, name].flatMap((part) => (part === null ? [] : [printableLine(part)])).join(' ');
  const waited = formatDuration(Math.max(0, now.getTime() - since));
  return [
    fragment('paused', 'warn'),
    ...(isFirst ? [fragment(', '), fragment('r', 'accent'), fragment(' lets it pass')] : []),
    fragment(`: ${what}, ${waited} of ${formatDuration(limitMs)}, by ${printableLine(rule)}`),
    ...(alerts.length === 0 ? [] : [fragment(`, alert: ${printableLine(alerts.join('; '))}`, 'warn')]),
  ];
}

/** `alert of large, 12:04:05: a large answer (tickets)`. */
function alertLine({ rule, detail, at, server }: RuleHitRow, now: Date): Line {
  return [
    fragment(`alert of ${printableLine(rule)}, ${formatShortTime(at, now, 8)}: `, 'warn'),
    fragment(printableLine(detail ?? '')),
    ...(server === null ? [] : [fragment(` (${printableLine(server)})`, 'dim')]),
  ];
}
