import { asBuffer } from '../base/as-buffer.js';
import type { Location } from '../base/json-location.js';
import { replaceAt } from './actions/splice.js';
import { compileJsonPath, type JsonPath, MAX_PATH, normalPath } from './conditions/json-path.js';
import { payloadOf, type RuleMessage } from './message.js';

/** More values than this: the whole params or result is replaced. */
const MAX_LOCATIONS = 1_000;

/** The paths, in normal form from the root, of what must not be stored of a message as it came and as rules changed it. */
export function redactionsOf(paths: readonly JsonPath[], versions: readonly RuleMessage[]): string[] {
  if (paths.length === 0) return [];
  const found = new Set<string>();
  for (const message of versions) for (const location of locationsIn(message, paths)) found.add(pathOf(location));
  return [...found];
}

/** The parent of the value, if JSONPath cannot name it: halves of surrogate pairs, and names of thousands of characters. */
function pathOf(location: Location): string {
  const path = normalPath(location);
  const isNamed = location.every((key) => typeof key === 'number' || !/\p{Cs}/u.test(key));
  return isNamed && path.length <= MAX_PATH ? path : pathOf(location.slice(0, -1));
}

function locationsIn(message: RuleMessage, paths: readonly JsonPath[]): Location[] {
  const name = payloadOf(message);
  if (message.isOutline) return [[name]];
  try {
    const found = paths.flatMap((path) => path.locations(message[name]));
    return found.length > MAX_LOCATIONS ? [[name]] : found.map((location) => [name, ...location]);
  } catch {
    // Too deep to be searched: a secret may be anywhere in it.
    return [[name]];
  }
}

/**
 * Replaces values of a message. The text need not be valid JSON.
 * @param redactions of a decision
 * @param mark text in place of each value
 */
export function redactBytes(bytes: Uint8Array, redactions: readonly string[], mark: string): Buffer {
  const json = asBuffer(bytes);
  const locations = redactions.map((path) => compileJsonPath(path).single ?? []);
  return replaceAt(json, locations, () => JSON.stringify(mark));
}
