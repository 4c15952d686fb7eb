const LEVELS = '▁▂▃▄▅▆▇█';
const EIGHTHS = ' ▏▎▍▌▋▊▉█';

/** A character for each value, or for several neighbours where there are more than `width`; a space for zero. */
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

/**
 * A bar that is `width` characters long for `most`, in steps of an eighth of a character; any value above 0 is visible.
 */
export function bar(value: number, most: number, width: number): string {
  if (value <= 0 || most <= 0) return '';
  const eighths = Math.max(1, Math.round((value / most) * width * 8));
  const rest = eighths % 8;
  return '█'.repeat(Math.floor(eighths / 8)) + (rest === 0 ? '' : (EIGHTHS[rest] ?? ''));
}
