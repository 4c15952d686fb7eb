import { ValueType } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { VERSION } from '../../settings/version.js';
import type { Sum, SumsByKey } from '../../store/index.js';
import { INSTRUMENTS, type Instrument, type InstrumentName } from './instruments.js';
import { nameOf, type SumName } from './sums.js';

type Point = SumName & Sum;

/** A sum begins as 0, this long before its first measurement: backends that compare two points would otherwise miss its first increase. */
const BEFORE_MS = 1_000;

/** The totals as cumulative metrics, by resource. @param now unix ms */
export function toMetrics(totals: SumsByKey, now: number): ResourceMetrics[] {
  const points = [...totals].map(([key, sum]): Point => ({ ...nameOf(key), ...sum }));
  return groups(points, ({ resource }) => JSON.stringify(resource)).map(([ofResource, first]) => ({
    resource: resourceFromAttributes(first.resource),
    scopeMetrics: [
      {
        scope: { name: 'claude-trace', version: VERSION },
        metrics: groups(ofResource, ({ instrument }) => instrument).map(([each, { instrument }]) =>
          metricOf(instrument, each, now),
        ),
      },
    ],
  }));
}

/** Each group with its first item. */
function groups<Item>(items: readonly Item[], keyOf: (item: Item) => string): [Item[], Item][] {
  const byKey = new Map<string, [Item[], Item]>();
  for (const item of items) {
    const group = byKey.get(keyOf(item));
    if (group) group[0].push(item);
    else byKey.set(keyOf(item), [[item], item]);
  }
  return [...byKey.values()];
}

function metricOf(name: InstrumentName, points: readonly Point[], now: number): MetricData {
  const { description, unit, bounds }: Instrument = INSTRUMENTS[name];
  const metric = {
    descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  if (bounds === undefined) {
    const dataPoints = points.map((point) => dataPointOf(point, now, ({ sum }) => sum));
    return { ...metric, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
  }
  const histogram = ({ sum, count, counts }: Omit<Sum, 'startedAt'>): Histogram => ({
    sum,
    count,
    buckets: { boundaries: [...bounds], counts },
  });
  const dataPoints = points.map((point) => dataPointOf(point, now, histogram));
  return { ...metric, dataPointType: DataPointType.HISTOGRAM, dataPoints };
}

function dataPointOf<Value>(
  { attributes, startedAt, ...total }: Point,
  now: number,
  pointOf: (sum: Omit<Sum, 'startedAt'>) => Value,
): DataPoint<Value> {
  const startTime = millisToHrTime(startedAt - BEFORE_MS);
  return { attributes, startTime, endTime: total.count === 0 ? startTime : millisToHrTime(now), value: pointOf(total) };
}
