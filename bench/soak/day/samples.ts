import { type Trend, trendOf } from '../../trend.js';

/** A figure at moments of a day. */
export interface Series {
  name: string;
  unit: string;
  /** `at`: simulated hours since the start. */
  points: { at: number; value: number }[];
}

/** How a series grew per simulated hour; null with too few points. */
export interface SeriesTrend {
  name: string;
  unit: string;
  /** After the first hour. */
  afterFirstHour: Trend | null;
  /** In the second half of the time, when caches of sessions are also full. */
  secondHalf: Trend | null;
  max: number | null;
}

export function trendsOf(series: readonly Series[], hours: number): SeriesTrend[] {
  return series.map(({ name, unit, points }) => {
    const since = (hour: number) => points.filter(({ at }) => at >= hour);
    const later = since(1);
    return {
      name,
      unit,
      afterFirstHour: trendOf(later),
      secondHalf: trendOf(since(hours / 2)),
      max: later.length === 0 ? null : Math.max(...later.map(({ value }) => value)),
    };
  });
}

/** Collects series by name. */
export function createSeries(): { add(name: string, unit: string, at: number, value: number): void; all: Series[] } {
  const all: Series[] = [];
  return {
    all,
    add(name, unit, at, value) {
      const known = all.find((each) => each.name === name);
      if (known === undefined) all.push({ name, unit, points: [{ at, value }] });
      else known.points.push({ at, value });
    },
  };
}
