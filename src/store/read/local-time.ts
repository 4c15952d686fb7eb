import { HOUR_MS } from './hours.js';

/** A stretch of time of the person's own that statistics are kept by. */
export interface LocalSpan {
  /** `YYYY-MM-DD` of its first day; of an hour its beginning, ISO 8601. */
  keyOf(time: Date): string;
  /** Which part of it a time belongs to, of so many. */
  partOf(time: Date): number;
  parts: number;
}

export const LOCAL_SPANS: Readonly<Record<'hour' | 'day' | 'week', LocalSpan>> = {
  hour: {
    keyOf: (time) => new Date(time.getTime() - (time.getTime() % HOUR_MS)).toISOString(),
    partOf: () => 0,
    parts: 1,
  },
  day: { keyOf: dateOf, partOf: (time) => time.getHours(), parts: 24 },
  week: {
    keyOf(time) {
      // Noon: a day later or earlier is the next or last date, whatever the clocks do in between.
      const day = new Date(time.getFullYear(), time.getMonth(), time.getDate() - weekday(time), 12);
      return dateOf(day);
    },
    partOf: weekday,
    parts: 7,
  },
};

/**
 * The time that an hour of an aggregate stands for: its beginning, or that of the period where the period cuts it. Where local
 * midnight is no full hour of UTC (India), an hour that holds it counts for the day in which it begins.
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
