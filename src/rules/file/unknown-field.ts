import { similarNames } from '../../base/similar-names.js';

/** A line for each name that is not known. */
export function unknownFields(names: readonly string[], known: readonly string[]): string {
  return names.map((name) => describe(name, known)).join('\n');
}

function describe(name: string, known: readonly string[]): string {
  const shown = JSON.stringify(name.slice(0, 64));
  const [nearest] = similarNames(name, known);
  return nearest === undefined
    ? `unknown field ${shown}; known are ${known.filter((each) => !each.startsWith('$')).join(', ')}`
    : `unknown field ${shown}; did you mean ${nearest}?`;
}
