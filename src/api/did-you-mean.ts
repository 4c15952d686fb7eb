import { similarSourceNames, similarSources, similarTo } from '../history/unknown-names.js';
import type { Reader } from '../store/index.js';

/** A field of an answer that is empty. */
interface Meant {
  did_you_mean?: string[];
}

/** @param pattern glob over sources, where one was given */
export function meantSource(pattern: string | undefined): (reader: Reader) => Meant {
  return (reader) => meant(pattern && similarSources(reader, pattern));
}

/** @param pattern glob over what follows the colon of sources, where one was given */
export function meantName(pattern: string | undefined): (reader: Reader) => Meant {
  return (reader) => meant(pattern && similarSourceNames(reader, pattern));
}

/** @param sources among which the pattern was looked for */
export function meantAmong(pattern: string | undefined, sources: Iterable<string>): Meant {
  return meant(pattern && similarTo(pattern, sources));
}

function meant(similar: readonly string[] | null | undefined | ''): Meant {
  return similar ? { did_you_mean: [...similar] } : {};
}
