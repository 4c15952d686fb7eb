import { similarSourceNames, similarSources, similarTo } from '../history/unknown-names.js';
import type { Reader } from '../store/index.js';

/** A field of answers without rows. */
interface Suggestion {
  did_you_mean?: string[];
}

/** @param pattern glob over sources, if given */
export function meantSource(pattern: string | undefined): (reader: Reader) => Suggestion {
  return (reader) => meant(pattern && similarSources(reader, pattern));
}

/** @param pattern glob over the names of sources behind the colon, if given */
export function meantName(pattern: string | undefined): (reader: Reader) => Suggestion {
  return (reader) => meant(pattern && similarSourceNames(reader, pattern));
}

/** @param sources that the pattern could have matched */
export function meantAmong(pattern: string | undefined, sources: Iterable<string>): Suggestion {
  return meant(pattern && similarTo(pattern, sources));
}

function meant(similar: readonly string[] | null | undefined | ''): Suggestion {
  return similar ? { did_you_mean: [...similar] } : {};
}
