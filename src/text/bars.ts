const LEVELS = '▁▂▃▄▅▆▇█';
const EIGHTHS = ' ▏▎▍▌▋▊▉█';

/** A character for each value, or for several when there are more than `width`; nothing is a blank, the most a full block. */
export function sparkline(values: readonly number[], width: number): string {
  const each = Math.ceil(values.length / width);
  const sums: number[] = [];
  for (const [index, value] of values.entries()) {
    const at = Math.floor(index / each);
    sums[at] = (sums[at] ?? 0) + value;
  }
  const most = Math.max(...sums, 0);
  return sums
    .map((sum) => (sum <= 0 ? ' ' : (LEVELS[Math.max(0, Math.ceil((sum / most) * LEVELS.length) - 1)] ?? '')))
    .join('');
}

/** A bar of `width` characters for `most`, in steps of an eighth of one; what is there at all is visible. */
export function bar(value: number, most: number, width: number): string {
  if (value <= 0 || most <= 0) return '';
  const eighths = Math.max(1, Math.round((value / most) * width * 8));
  const rest = eighths % 8;
  return '█'.repeat(Math.floor(eighths / 8)) + (rest === 0 ? '' : (EIGHTHS[rest] ?? ''));
}
