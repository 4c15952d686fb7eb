import { UsageError } from './errors.js';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * A point in time from the command line: ISO 8601, an age such as `90s`, `30m`, `2h`, `7d`, `1w`, or `today`, `yesterday`: their
 * midnight. What names no time zone is local, as clocks and calendars around the person are.
 *
 * @returns unix ms. @throws UsageError naming the option.
 */
export function parseTimeArgument(text: string, option: string, now: number): number {
  const age = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(text);
  if (age) return now - Number(age[1]) * (UNIT_MS[age[2] ?? ''] ?? 0);
  if (text === 'today') return midnight(now, 0);
  if (text === 'yesterday') return midnight(now, -1);
  // JavaScript takes a date alone for UTC, and a date with a time for local.
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text.length === 10 ? `${text}T00:00` : text) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new UsageError(
      `--${option}: "${text}" is not a time; give ISO 8601 (2026-01-31T12:00:00Z), an age (2h, 7d), today or yesterday.`,
    );
  }
  return time;
}

/** Local midnight, `days` from today. Not 24 hours apart where clocks are put forward or back. */
function midnight(now: number, days: number): number {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days).getTime();
}
