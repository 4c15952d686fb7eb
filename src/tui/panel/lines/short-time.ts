import { formatTime } from '../../../text/units.js';

/**
 * Today the time of day; before that the day, and as much of the time as fits.
 * @param width 8 columns at least
 */
export function shortTime(iso: string, now: Date, width: number): string {
  const full = formatTime(iso, now);
  return full.length <= 8 ? full : full.slice('YYYY-'.length).slice(0, width < 11 ? 5 : 11);
}
