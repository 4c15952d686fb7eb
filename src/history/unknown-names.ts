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

/** The same for the part of sources after the colon. */
export function similarSourceNames(reader: Reader, pattern: string): string[] | null {
  const names = new Set(reader.sourceTimes().map(({ source }) => splitSource(source).name));
  const similar = similarTo(pattern, names);
  // The most likely mistake is the whole source in place of its name.
  const { name } = splitSource(pattern);
  return similar !== null && names.has(name) ? [name] : similar;
}

/** The same for models. */
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
