import { matchesGlob } from '../base/glob.js';
import { similarNames } from '../base/similar-names.js';
import { splitSource } from '../model/source.js';
import type { Reader } from '../store/index.js';

/**
 * Sources with names similar to a pattern.
 * @param pattern glob over sources
 * @returns null when the pattern matches a captured source
 */
export function similarSources(reader: Reader, pattern: string): string[] | null {
  return similarTo(
    pattern,
    reader.sourceTimes().map(({ source }) => source),
  );
}

/** Names of sources (the part after the colon) that are similar to a pattern. @returns null when it matches a captured one */
export function similarSourceNames(reader: Reader, pattern: string): string[] | null {
  const names = new Set(reader.sourceTimes().map(({ source }) => splitSource(source).name));
  const similar = similarTo(pattern, names);
  // The most likely mistake is the whole source in place of its name.
  const { name } = splitSource(pattern);
  return similar !== null && names.has(name) ? [name] : similar;
}

/** Models with names similar to a pattern. @returns null when it matches a captured one */
export function similarModels(reader: Reader, pattern: string): string[] | null {
  const { rows } = reader.stats({}, { by: 'model' });
  return similarTo(
    pattern,
    rows.flatMap(({ key }) => key ?? []),
  );
}

/** @returns null when the pattern matches one of them */
export function similarTo(pattern: string, known: Iterable<string>): string[] | null {
  const names = [...new Set(known)];
  return names.some((name) => matchesGlob(pattern, name)) ? null : similarNames(pattern, names);
}
