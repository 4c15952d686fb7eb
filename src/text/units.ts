import { roundDollars } from '../model/dollars.js';

/** Shown for null: an unknown figure is not a zero. */
const MISSING = '–';

/** `1 request`, `2 requests`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** 950, 12.3k, 1.24M, 102.4M, 1.24B: never longer than six characters, the width of columns. */
export function formatTokens(tokens: number | null): string {
  if (tokens === null) return MISSING;
  if (tokens < 1_000) return String(tokens);
  if (tokens < 999_950) return `${(tokens / 1_000).toFixed(1)}k`;
  if (tokens < 99_995_000) return `${(tokens / 1_000_000).toFixed(2)}M`;
  if (tokens < 999_950_000) return `${(tokens / 1_000_000).toFixed(1)}M`;
  return `${(tokens / 1_000_000_000).toFixed(2)}B`;
}

/** The size of a context window: 200k, 1M. */
export function formatWindow(tokens: number): string {
  return tokens >= 999_500 ? `${Number((tokens / 1_000_000).toFixed(1))}M` : `${Math.round(tokens / 1_000)}k`;
}

/** A difference: +950, −12.3k; empty for 0. */
export function formatSigned(tokens: number | null): string {
  if (tokens === null) return MISSING;
  if (tokens === 0) return '';
  return `${tokens < 0 ? '−' : '+'}${formatTokens(Math.abs(tokens))}`;
}

/** $0.0042, $1.23: four digits below ten cents, where requests differ. What is not zero does not read as zero: <$0.0001. */
export function formatDollars(dollars: number | null): string {
  if (dollars === null) return MISSING;
  if (dollars > 0 && dollars < 0.00005) return '<$0.0001';
  return `$${dollars.toFixed(dollars < 0.1 ? 4 : 2)}`;
}

/** `~` before a figure that is an estimate or contains one; an estimate below a bound is about that bound. */
export function markEstimate(figure: string, isEstimate: boolean): string {
  return isEstimate && figure !== MISSING ? `~${figure.replace(/^</, '')}` : figure;
}

/** 12.3k, 102k: no estimate is so good that it has a decimal from 100k on. */
export function formatRoughly(count: number | null): string {
  return count !== null && count >= 99_950 ? formatWindow(count) : formatTokens(count);
}

/** 102.3k, or ~102k for an estimate. */
export function formatKnownTokens(tokens: number | null, isEstimate: boolean): string {
  return isEstimate ? markEstimate(formatRoughly(tokens), true) : formatTokens(tokens);
}

/** A difference: +$1.20, −$0.0042; empty for 0, and +<$0.0001 for what rounds to it. */
export function formatSignedDollars(dollars: number | null): string {
  // A difference of sums that are the same may be the error of their last digits.
  const rounded = roundDollars(dollars);
  if (rounded === null) return MISSING;
  if (rounded === 0) return '';
  return `${rounded < 0 ? '−' : '+'}${formatDollars(Math.abs(rounded))}`;
}

/** Good answers for a dollar. */
export function formatValue(value: number | null): string {
  if (value === null) return MISSING;
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

/** 12 ms, 3.4 s, 2 m 05 s, 9 h 03 m. */
export function formatDuration(ms: number | null): string {
  if (ms === null) return MISSING;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ${twoDigits(seconds % 60)} s`;
  const minutes = Math.round(ms / 60_000);
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} m`;
}

/** For columns: from ten minutes on, whole minutes; from a hundred on, hours. */
export function formatShortDuration(ms: number | null): string {
  if (ms === null || ms < 599_500) return formatDuration(ms);
  return ms < 5_970_000 ? `${Math.round(ms / 60_000)} m` : `${(ms / 3_600_000).toFixed(1)} h`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** `+1`, `-0.5`, `0`. */
export function formatRating(rating: number | null): string {
  if (rating === null) return MISSING;
  const rounded = Number(rating.toFixed(2));
  return rounded > 0 ? `+${rounded}` : String(rounded);
}

/** Null where one of them is unknown or `whole` is 0. */
export function shareOf(part: number | null, whole: number | null): number | null {
  return part !== null && whole ? part / whole : null;
}

/** 45 %, and <1 % for what is not zero. */
export function formatPercent(share: number | null): string {
  if (share === null) return MISSING;
  return share > 0 && share < 0.005 ? '<1 %' : `${Math.round(share * 100)} %`;
}

/** The local time, with the date unless it is today's. */
export function formatTime(time: Date, now: Date): string {
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((n) => String(n).padStart(2, '0'))
    .join(':');
  if (time.toDateString() === now.toDateString()) return clock;
  const day = [time.getFullYear(), time.getMonth() + 1, time.getDate()]
    .map((n) => String(n).padStart(2, '0'))
    .join('-');
  return `${day} ${clock}`;
}

/** The time of day for today, else the day with as much of the time as fits. @param width at least 8 */
export function formatShortTime(time: Date, now: Date, width: number): string {
  const full = formatTime(time, now);
  return full.length <= 8 ? full : full.slice('YYYY-'.length).slice(0, width < 11 ? 5 : 11);
}

export function formatBytes(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  if (bytes < 1_024 ** 2) return `${(bytes / 1_024).toFixed(1)} KB`;
  if (bytes < 1_024 ** 3) return `${(bytes / 1_024 ** 2).toFixed(1)} MB`;
  return `${(bytes / 1_024 ** 3).toFixed(1)} GB`;
}
