import { align } from '../history/align.js';
import { style } from './style.js';

/** Unchanged lines around a change. */
const CONTEXT = 2;

/** The lines that differ, with a few around them. @param before printable, as is `after` */
export function differingLines(before: readonly string[], after: readonly string[]): string[] {
  const pairs = align(before, after);
  const changes: { sign: ' ' | '-' | '+'; text: string }[] = [];
  let [b, a] = [0, 0];
  for (const [nextB, nextA] of [...pairs, [before.length, after.length] as const]) {
    changes.push(...before.slice(b, nextB).map((text) => ({ sign: '-', text }) as const));
    changes.push(...after.slice(a, nextA).map((text) => ({ sign: '+', text }) as const));
    if (nextA < after.length) changes.push({ sign: ' ', text: after[nextA] ?? '' });
    [b, a] = [nextB + 1, nextA + 1];
  }
  const isNear = (index: number) =>
    changes.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ sign }) => sign !== ' ');
  return changes.flatMap(({ sign, text }, index) => {
    if (isNear(index)) return [style(`${sign} ${text}`, TONES[sign])];
    return index === 0 || isNear(index - 1) ? [style('  …', 'dim')] : [];
  });
}

const TONES = { ' ': 'dim', '-': 'bad', '+': 'good' } as const;
