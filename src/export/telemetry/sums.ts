import type { Sum, SumsByKey } from '../../store/index.js';
import type { Attributes } from '../spans/span.js';
import { INSTRUMENTS, type Instrument, type InstrumentName, isInstrument, type Measurement } from './instruments.js';
import type { ResourceAttributes } from './resource.js';

/** The parts of a sum's key. */
export interface SumName {
  resource: ResourceAttributes;
  instrument: InstrumentName;
  attributes: Attributes;
}

/** Names of sources and tools come from outside. */
const MAX_TEXT = 300;

/** For sums beyond the limit. OpenTelemetry's own libraries name it so. */
const OVERFLOW: Attributes = { 'otel.metric.overflow': true };

/** Sums of measurements, to be added to those that were sent before. */
export interface Increments {
  add(resource: ResourceAttributes, measurements: readonly Measurement[]): void;
  /**
   * The new totals of the sums that changed.
   * @param read sums that were sent before
   * @param room maximum number of new sums; the rest is counted together
   * @param startedAt unix ms: when new sums begin
   */
  totals(read: (keys: readonly string[]) => SumsByKey, room: number, startedAt: number): SumsByKey;
}

export function createIncrements(): Increments {
  const increments = new Map<string, Sum>();
  return {
    add(resource, measurements) {
      for (const { instrument, value, attributes } of measurements) {
        const counts = bucketOf(INSTRUMENTS[instrument], value);
        grow(increments, keyOf({ resource, instrument, attributes }), { startedAt: 0, sum: value, count: 1, counts });
      }
    },
    totals(read, room, startedAt) {
      const known = read([...increments.keys()]);
      const chosen = new Map<string, Sum>();
      let left = room;
      for (const [key, increment] of increments) {
        const fits = known.has(key) || left-- > 0;
        grow(chosen, fits ? key : overflowOf(key), { ...increment, startedAt });
      }
      const totals = new Map(read([...chosen.keys()]));
      for (const [key, increment] of chosen) grow(totals, key, increment);
      return totals;
    },
  };
}

/** The sums as they begin, with zeros. */
export function zerosOf(sums: SumsByKey): SumsByKey {
  return new Map(
    [...sums].map(([key, { startedAt, counts }]) => [
      key,
      { startedAt, sum: 0, count: 0, counts: counts.map(() => 0) },
    ]),
  );
}

function grow(sums: Map<string, Sum>, key: string, { startedAt, sum, count, counts }: Sum): void {
  const before = sums.get(key);
  sums.set(key, {
    startedAt: before?.startedAt ?? startedAt,
    sum: (before?.sum ?? 0) + sum,
    count: (before?.count ?? 0) + count,
    counts: counts.map((each, index) => each + (before?.counts[index] ?? 0)),
  });
}

/** @throws Error for a key that this version does not know */
export function nameOf(key: string): SumName {
  const [resource, instrument, attributes] = JSON.parse(key);
  if (!isInstrument(instrument)) throw new Error(`no metric is called ${instrument}`);
  return { resource, instrument, attributes: Object.fromEntries(attributes) };
}

function keyOf({ resource, instrument, attributes }: SumName): string {
  const entries = Object.entries(attributes).map(([name, value]) => [name, bounded(value)] as const);
  return JSON.stringify([resource, instrument, entries.toSorted(([one], [other]) => (one < other ? -1 : 1))]);
}

function overflowOf(key: string): string {
  return keyOf({ ...nameOf(key), attributes: OVERFLOW });
}

function bounded(value: Attributes[string]): Attributes[string] {
  return typeof value === 'string' ? value.slice(0, MAX_TEXT) : value;
}

/** One count for each bucket; bounds are inclusive. Empty for a counter. */
function bucketOf({ bounds }: Instrument, value: number): number[] {
  if (bounds === undefined) return [];
  const index = bounds.findIndex((bound) => value <= bound);
  const place = index === -1 ? bounds.length : index;
  return [...bounds, Number.POSITIVE_INFINITY].map((_, each) => Number(each === place));
}
