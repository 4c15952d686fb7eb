import { LAST_DATE_MS } from '../../base/date-range.js';
import { UsageError } from '../../base/errors.js';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * A point in time from the command line: ISO 8601, an age such as `90s`, `30m`, `2h`, `7d`, `1w`, or the midnight of `today` or
 * `yesterday`. Times without a zone are local.
 *
 * @returns unix ms. @throws UsageError naming the option.
 */
export function parseTimeArgument(text: string, option: string, now: number): number {
  const age = /^(\d{1,9}(?:\.\d{1,9})?)([smhdw])$/.exec(text);
  if (age) return now - Number(age[1]) * (UNIT_MS[age[2] ?? ''] ?? 0);
  if (text === 'today') return midnight(now, 0);
  if (text === 'yesterday') return midnight(now, -1);
  const time = parseIso(text);
  if (typeof time === 'number') return time;
  throw new UsageError(
    `--${option}: "${text}" is not a time; give ISO 8601 (2026-01-31T12:00:00Z), an age (2h, 7d), today or yesterday.` +
      (time === null ? '' : ` ${time}`),
  );
}

/** The options `since` and `until`. @throws UsageError naming the option, or when the period is empty */
export function parsePeriod(
  { since, until }: { since?: string | undefined; until?: string | undefined },
  now: number,
): { since: number | undefined; until: number | undefined } {
  const period = {
    since: since === undefined ? undefined : parseTimeArgument(since, 'since', now),
    until: until === undefined ? undefined : parseTimeArgument(until, 'until', now),
  };
  checkOrder(period.since, period.until);
  return period;
}

function checkOrder(since: number | undefined, until: number | undefined): void {
  if (since === undefined || until === undefined || since < until) return;
  if (since === until) {
    throw new UsageError(
      `--since and --until are the same time (${describeTime(since)}), so nothing can match. A day without a time is its midnight: ` +
        'to include a day, give the next day to --until.',
    );
  }
  throw new UsageError(
    `--since (${describeTime(since)}) is later than --until (${describeTime(until)}), so nothing can match; swap them.`,
  );
}

function describeTime(ms: number): string {
  return Math.abs(ms) <= LAST_DATE_MS ? new Date(ms).toISOString() : 'before all time';
}

/** Local midnight, `days` from today. Days with a clock change do not have 24 hours. */
function midnight(now: number, days: number): number {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days).getTime();
}

const ISO_8601 =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})\d{0,6})?)?(Z|[+-](\d{2}):?(\d{2}))?)?$/i;

/**
 * Parses strictly: Date.parse takes February 30 for March 2, and an hour that clocks skip for the next one.
 * @returns unix ms; a sentence that says why the time does not exist; null for other text
 */
function parseIso(text: string): number | string | null {
  const parts = ISO_8601.exec(text);
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const ms = Number((parts[7] ?? '').padEnd(3, '0'));
  const [zone, zoneHour, zoneMinute] = [parts[8], Number(parts[9] ?? 0), Number(parts[10] ?? 0)];
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  // Date.UTC accepts fields that are too large, and takes years before 100 for those of the 20th century.
  const date = `${parts[1]}-${parts[2]}-${parts[3]}`;
  if (!new Date(Date.UTC(year, month - 1, day)).toISOString().startsWith(date)) return 'There is no such day.';
  if (hour > 23 || minute > 59 || second > 59) return 'Hours go from 00 to 23, minutes and seconds from 00 to 59.';
  if (zone === undefined) return parseLocal(new Date(year, month - 1, day, hour, minute, second, ms), hour, minute);
  if (zone.toUpperCase() === 'Z') return asUtc;
  // https://data.iana.org/time-zones/theory.html
  if (zoneHour > 14 || zoneMinute > 59) return 'Time zones go from -12:00 to +14:00.';
  return asUtc - (zone.startsWith('-') ? -1 : 1) * (zoneHour * 60 + zoneMinute) * 60_000;
}

/** Where clocks are put forward at midnight, a day begins later; its midnight is accepted all the same. */
function parseLocal(local: Date, hour: number, minute: number): number | string {
  const exists = (hour === 0 && minute === 0) || (local.getHours() === hour && local.getMinutes() === minute);
  return exists ? local.getTime() : 'Clocks are put forward on that day, and skip this time.';
}
