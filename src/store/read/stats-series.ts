import type { Database } from '../sqlite.js';
import type { Period } from './hours.js';
import { type LocalSpan, timeOf } from './local-time.js';
import { hoursOf } from './period-rows.js';
import { addSums, type SlotSums } from './stats-sums.js';

/** Equal spans of whole hours, from the first hour with requests to the last. */
export interface Spans {
  first: number;
  each: number;
  count: number;
}

const MAX_SPANS = 24;

export function spansOf(db: Database, period: Period): Spans {
  const hours = hoursOf(db, 'request', ['hour'], period);
  const found = db
    .prepare<(string | number)[], { first: number | null; last: number | null }>(
      `SELECT min(hour) AS first, max(hour) AS last FROM ${hours.sql}`,
    )
    .get(...hours.parameters);
  const { first, last } = { first: found?.first ?? 0, last: found?.last ?? 0 };
  const each = Math.ceil((last - first + 1) / MAX_SPANS);
  return { first, each, count: Math.ceil((last - first + 1) / each) };
}

/** Sums of one row over all of its slots. */
export interface Collected extends Omit<SlotSums, 'slot'> {
  series: number[];
}

type LocalPeriod = LocalSpan & Pick<Period, 'since'>;

function slotIn(local: LocalPeriod, hour: number): { key: string; slot: number } {
  const time = timeOf(hour, local.since);
  return { key: local.keyOf(time), slot: local.slotOf(time) };
}

export function collect(slots: readonly SlotSums[], spans: Spans, local?: LocalPeriod): Collected[] {
  const rows = new Map<string | null, Collected>();
  for (const { slot: number, ...sums } of slots) {
    const { key, slot } = local === undefined ? { key: sums.key, slot: number } : slotIn(local, number);
    const row = rows.get(key);
    const series = row?.series ?? Array<number>(local?.slots ?? spans.count).fill(0);
    series[slot] = (series[slot] ?? 0) + sums.input_tokens;
    if (row === undefined) rows.set(key, { ...sums, key, series });
    else addSums(row, sums);
  }
  return [...rows.values()];
}
