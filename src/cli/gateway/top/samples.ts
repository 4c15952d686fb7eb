/** One series of a metric at one time. */
export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** The samples of a scrape by the name of their metric. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

/** Reads the text format of Prometheus, as the gateway writes it: without timestamps. Other lines are ignored. */
export function readSamples(text: string): Samples {
  const samples = new Map<string, Sample[]>();
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const list = samples.get(name) ?? [];
    list.push({ labels: readLabels(labels), value: value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value) });
    samples.set(name, list);
  }
  return samples;
}

function readLabels(text: string): Record<string, string> {
  const found = [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
  return Object.fromEntries(
    found.map(([, name = '', value = '']) => [
      name,
      value.replaceAll(/\\(.)/g, (_, each: string) => (each === 'n' ? '\n' : each)),
    ]),
  );
}

type Labels = Readonly<Record<string, string>>;

/** The samples of a metric that have these labels. */
export function samplesOf(samples: Samples, name: string, labels: Labels = {}): readonly Sample[] {
  const wanted = Object.entries(labels);
  return (samples.get(name) ?? []).filter((sample) => wanted.every(([key, value]) => sample.labels[key] === value));
}

export function sumOf(samples: Samples, name: string, labels: Labels = {}): number {
  return samplesOf(samples, name, labels).reduce((sum, { value }) => sum + value, 0);
}

/**
 * A quantile of the values that a histogram counted between two scrapes, interpolated within its bucket.
 * @param before null for all values since the process began
 * @returns null if nothing was counted
 */
export function quantileOf(
  now: Samples,
  before: Samples | null,
  name: string,
  labels: Labels,
  quantile: number,
): number | null {
  const counts = (samples: Samples): Map<number, number> => {
    const byBound = new Map<number, number>();
    for (const sample of samplesOf(samples, `${name}_bucket`, labels)) {
      const bound = sample.labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(sample.labels.le);
      byBound.set(bound, (byBound.get(bound) ?? 0) + sample.value);
    }
    return byBound;
  };
  const earlier = before === null ? new Map<number, number>() : counts(before);
  const buckets = [...counts(now)]
    .map(([bound, count]) => ({ bound, count: count - (earlier.get(bound) ?? 0) }))
    .sort((one, other) => one.bound - other.bound);
  const total = buckets.at(-1)?.count ?? 0;
  if (total <= 0) return null;
  const rank = quantile * total;
  const index = buckets.findIndex(({ count }) => count >= rank);
  const { bound = 0, count = 0 } = buckets[index] ?? {};
  const { bound: low, count: below } = buckets[index - 1] ?? { bound: 0, count: 0 };
  // The last bucket has no upper bound.
  if (bound === Number.POSITIVE_INFINITY) return low;
  return low + (bound - low) * ((rank - below) / (count - below));
}
