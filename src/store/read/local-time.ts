import { HOUR_MS } from './hours.js';

/** A unit of local time that statistics are grouped by. */
export interface LocalSpan {
  /** First day as `YYYY-MM-DD`; for a month `YYYY-MM`, for an hour its beginning, ISO 8601. */
  keyOf(time: Date): string;
  /** The index of the time inside it: the hour of a day, the day of a week or a month. */
  slotOf(time: Date): number;
  /** Number of slots. */
  slots: number;
}

export const LOCAL_SPANS: Readonly<Record<'hour' | 'day' | 'week' | 'month', LocalSpan>> = {
  hour: {
    keyOf: (time) => new Date(time.getTime() - (time.getTime() % HOUR_MS)).toISOString(),
    slotOf: () => 0,
    slots: 1,
  },
  day: { keyOf: dateOf, slotOf: (time) => time.getHours(), slots: 24 },
  month: { keyOf: (time) => dateOf(time).slice(0, 7), slotOf: (time) => time.getDate() - 1, slots: 31 },
  week: {
    keyOf(time) {
      // Noon, so that a change of the clocks does not lead to another date.
      const day = new Date(time.getFullYear(), time.getMonth(), time.getDate() - weekday(time), 12);
      return dateOf(day);
    },
    slotOf: weekday,
    slots: 7,
  },
};

/**
 * The time of an hour of an aggregate: its beginning, or the beginning of the period inside it. Where local midnight is not a
 * full hour of UTC (India), an hour that contains midnight counts for the day in which it begins.
 */
export function timeOf(hour: number, since: number | undefined): Date {
  return new Date(Math.max(hour * HOUR_MS, since ?? 0));
}

/** Days since Monday, the first day of a week: ISO 8601. */
function weekday(day: Date): number {
  return (day.getDay() + 6) % 7;
}

function dateOf(day: Date): string {
  return [String(day.getFullYear()).padStart(4, '0'), day.getMonth() + 1, day.getDate()]
    .map((n) => String(n).padStart(2, '0'))
    .join('-');
}
