import { HOUR_MS } from './hours.js';

/** A stretch of time of the person's own that statistics are kept by; an hour belongs to the one that it begins in. */
export interface LocalSpan {
  /** `YYYY-MM-DD` of its first day; of an hour its beginning, ISO 8601. */
  keyOf(hour: number): string;
  /** Which part of it an hour belongs to, of so many. */
  partOf(hour: number): number;
  parts: number;
}

export const LOCAL_SPANS: Readonly<Record<'hour' | 'day' | 'week', LocalSpan>> = {
  hour: { keyOf: (hour) => beginning(hour).toISOString(), partOf: () => 0, parts: 1 },
  day: { keyOf: (hour) => dateOf(beginning(hour)), partOf: (hour) => beginning(hour).getHours(), parts: 24 },
  week: {
    keyOf(hour) {
      const day = beginning(hour);
      // Noon: a day later or earlier is the next or last date, whatever the clocks do in between.
      day.setHours(12);
      day.setDate(day.getDate() - weekday(day));
      return dateOf(day);
    },
    partOf: (hour) => weekday(beginning(hour)),
    parts: 7,
  },
};

function beginning(hour: number): Date {
  return new Date(hour * HOUR_MS);
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
