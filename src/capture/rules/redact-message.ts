import { isRecord } from '../../base/json.js';
import { type Location, valueAt } from '../../base/json-location.js';
import { HIDDEN, type Redactor } from '../redact/redactor.js';
import type { RuleLibrary } from './passive-rules.js';

/** Fields whose texts are words of the protocol: hidden, they would be replaced everywhere. */
const NOT_HIDDEN: ReadonlySet<string> = new Set(['type', 'role', 'mimeType', 'media_type', 'name', 'method', 'model']);

const MAX_DEPTH = 100;

/**
 * Replaces values in the JSON text of a message, and remembers them.
 * @param paths of a decision, from the root of the message
 * @param message as parsed; not a record where it was not
 */
export function redactMessage(
  bytes: Buffer,
  message: unknown,
  paths: readonly string[],
  { redactBytes }: Pick<RuleLibrary, 'redactBytes'>,
  redactor: Redactor,
): Buffer {
  if (paths.length === 0) return bytes;
  for (const path of paths) hideTexts(valueAt(message, locationOf(path)), redactor);
  return redactBytes(bytes, paths, HIDDEN);
}

function hideTexts(value: unknown, redactor: Redactor, depth = 0): void {
  if (typeof value === 'string') redactor.hide(value);
  else if (depth > MAX_DEPTH) return;
  else if (Array.isArray(value)) for (const each of value) hideTexts(each, redactor, depth + 1);
  else if (isRecord(value)) {
    for (const [name, each] of Object.entries(value)) {
      if (!NOT_HIDDEN.has(name)) hideTexts(each, redactor, depth + 1);
    }
  }
}

/** Location of a path in the normal form of RFC 9535. */
function locationOf(path: string): Location {
  return [...path.matchAll(/\['((?:[^'\\]|\\.)*)'\]|\[(\d+)\]/g)].map(([, name, index]) =>
    index === undefined ? nameOf(name ?? '') : Number(index),
  );
}

function nameOf(quoted: string): string {
  const json = quoted.replaceAll("\\'", "'").replaceAll('"', '\\"');
  try {
    return String(JSON.parse(`"${json}"`));
  } catch {
    return quoted;
  }
}
