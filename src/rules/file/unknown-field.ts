import { similarNames } from '../../base/similar-names.js';

/** Fields of the language that only the gateway can honour. */
const GATEWAY_FIELDS: ReadonlySet<string> = new Set([
  'http',
  'auth',
  'respond',
  'redirect',
  'set_header',
  'remove_header',
]);

/** A line for each name that is not known. */
export function unknownFields(names: readonly string[], known: readonly string[]): string {
  return names.map((name) => describe(name, known)).join('\n');
}

function describe(name: string, known: readonly string[]): string {
  const shown = JSON.stringify(name.slice(0, 64));
  if (GATEWAY_FIELDS.has(name)) return `${shown} works only at the gateway, which this version does not have`;
  const [nearest] = similarNames(name, known);
  return nearest === undefined
    ? `unknown field ${shown}; known are ${known.filter((each) => !each.startsWith('$')).join(', ')}`
    : `unknown field ${shown}; did you mean ${nearest}?`;
}
