import { formatTime } from '../../../text/units.js';

/** The time of day for today, else the day with as much of the time as fits. @param width at least 8 */
export function shortTime(iso: string, now: Date, width: number): string {
  const full = formatTime(iso, now);
  return full.length <= 8 ? full : full.slice('YYYY-'.length).slice(0, width < 11 ? 5 : 11);
}
