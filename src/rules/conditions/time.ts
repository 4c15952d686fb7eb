import { RecentMap } from '../../base/recent-map.js';

/** A time on the clock of a zone, or a moment (Unix ms). */
export type Moment = { at: number } | { wall: string };

export interface TimeTest {
  after?: string | undefined;
  before?: string | undefined;
  hours?: string | undefined;
  weekdays?: readonly string[] | undefined;
  zone?: string | undefined;
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const MINUTE = 60_000;

/** ISO 8601, with an offset or without one. @throws Error */
export function parseMoment(text: string): Moment {
  const [, date, time = '00:00', seconds = ':00', zone] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text) ?? [];
  const wall = `${date}T${time}${seconds}`;
  const asUtc = Date.parse(`${wall}Z`);
  // JavaScript reads 30 February as 2 March.
  const isDate = date !== undefined && !Number.isNaN(asUtc) && new Date(asUtc).toISOString().startsWith(date);
  const at = zone === undefined ? null : Date.parse(text.replace(' ', 'T'));
  // Date.parse gives NaN for an offset such as +99:99.
  if (!isDate || Number.isNaN(at)) {
    throw new Error('expected a time of ISO 8601, such as 2026-05-01T09:00 or 2026-05-01T09:00:00Z');
  }
  return at === null ? { wall } : { at };
}

/** Minutes of the day, the end excluded. @throws Error */
export function parseHours(text: string): { from: number; to: number } {
  const [, ...parts] = /^(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)$/.exec(text) ?? [];
  const [fromHour = 99, fromMinute = 0, toHour = 99, toMinute = 0] = parts.map(Number);
  const from = fromHour * 60 + fromMinute;
  const to = toHour * 60 + toMinute;
  if (from >= 24 * 60 || to > 24 * 60 || fromMinute > 59 || toMinute > 59 || from === to) {
    throw new Error('expected hours such as 09:00-17:30, or 22:00-06:00 over midnight');
  }
  return { from, to };
}

/** @throws Error */
export function parseDays(days: readonly string[]): ReadonlySet<string> {
  return new Set(days.flatMap(daysOf));
}

function daysOf(text: string): string[] {
  const [first, last = first] = text
    .toLowerCase()
    .split('-')
    .map((day) => DAYS.indexOf(day.trim()));
  if (first === undefined || last === undefined || first === -1 || last === -1) {
    throw new Error('expected days such as mon, sun or mon-fri');
  }
  const length = ((last - first + DAYS.length) % DAYS.length) + 1;
  return Array.from({ length }, (_, index) => DAYS[(first + index) % DAYS.length] ?? '');
}

/** @throws Error */
export function checkZone(zone: string): void {
  try {
    wallClock(zone);
  } catch {
    throw new Error(`unknown time zone; expected an IANA name, such as Europe/Oslo or UTC`);
  }
}

/** Whether a moment (Unix ms) is in the times of a rule. The weekday is that of the moment, even if the hours pass midnight. */
export function compileTime({ after, before, hours, weekdays, zone }: TimeTest): (now: number) => boolean {
  const clock = wallClock(zone);
  const first = after === undefined ? null : parseMoment(after);
  const last = before === undefined ? null : parseMoment(before);
  const span = hours === undefined ? null : parseHours(hours);
  const days = weekdays === undefined ? null : parseDays(weekdays);
  const isBefore = (now: number, moment: Moment) =>
    'at' in moment ? now < moment.at : clock(now).wall + secondsOf(now) < moment.wall;
  return (now) => {
    if (first !== null && isBefore(now, first)) return false;
    if (last !== null && !isBefore(now, last)) return false;
    if (days !== null && !days.has(clock(now).day)) return false;
    if (span === null) return true;
    const { minute } = clock(now);
    return span.from < span.to ? minute >= span.from && minute < span.to : minute >= span.from || minute < span.to;
  };
}

/** The offsets of today's zones are whole minutes. */
function secondsOf(now: number): string {
  return `:${String(Math.floor(now / 1_000) % 60).padStart(2, '0')}`;
}

interface WallTime {
  /** Up to the minute. */
  wall: string;
  day: string;
  minute: number;
}

/** Reads the clock of a zone. Intl takes microseconds: each minute is asked for once. */
function wallClock(zone: string | undefined): (now: number) => WallTime {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const minutes = new RecentMap<number, WallTime>(4);
  return (now) =>
    minutes.take(Math.floor(now / MINUTE), () => {
      const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]));
      const { year = '', month = '', day = '', hour = '', minute = '', weekday = '' } = parts;
      return {
        wall: `${year.padStart(4, '0')}-${month}-${day}T${hour}:${minute}`,
        day: weekday.toLowerCase(),
        minute: Number(hour) * 60 + Number(minute),
      };
    });
}
