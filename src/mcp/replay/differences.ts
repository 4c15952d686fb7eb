import { isRecord } from '../../base/json.js';
import { isTooDeep } from '../../base/map-strings.js';

/** One place where two JSON values differ. */
export interface Difference {
  /** A JSONPath: `$.arguments.city`. */
  path: string;
  /** Undefined if it is missing there. */
  recorded: unknown;
  found: unknown;
}

export interface CompareOptions {
  /** More differences are not looked for. Default: 100. */
  limit?: number;
  /** A secret that was replaced in the recording is equal to every text in its place. Default: false. */
  anySecret?: boolean;
  /** Whether what is at this place does not count. */
  isIgnored?(path: readonly (string | number)[]): boolean;
}

/** Deeper values are compared as JSON text. */
const MAX_DEPTH = 200;

const SECRET = /\[redacted(?::[0-9a-f]{16})?\]/g;

/** Where a value differs from the recorded one, in the order of the recording. */
export function differencesOf(recorded: unknown, found: unknown, options: CompareOptions = {}): Difference[] {
  const { limit = 100, anySecret = false, isIgnored = () => false } = options;
  const differences: Difference[] = [];

  function compare(one: unknown, other: unknown, path: readonly (string | number)[]): void {
    if (differences.length >= limit || isIgnored(path)) return;
    if (Array.isArray(one) && Array.isArray(other) && path.length < MAX_DEPTH) {
      for (let index = 0; index < Math.max(one.length, other.length) && differences.length < limit; index++) {
        compare(one[index], other[index], [...path, index]);
      }
    } else if (isRecord(one) && isRecord(other) && path.length < MAX_DEPTH) {
      for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) {
        compare(own(one, name), own(other, name), [...path, name]);
      }
    } else if (!isEqual(one, other, anySecret)) {
      differences.push({ path: jsonPath(path), recorded: writable(one), found: writable(other) });
    }
  }

  compare(recorded, found, []);
  return differences;
}

/** A value that can be written as JSON: a text in place of one that is nested too deep for that. */
function writable(value: unknown): unknown {
  return isTooDeep(value) ? '[nested too deep]' : value;
}

function own(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function isEqual(recorded: unknown, found: unknown, anySecret: boolean): boolean {
  if (recorded === found) return true;
  if (typeof recorded === 'object' && typeof found === 'object') return textOf(recorded) === textOf(found);
  if (!anySecret || typeof recorded !== 'string' || !recorded.includes('[redacted')) return false;
  // A number that was a secret is a text in the recording.
  return fits(recorded.split(SECRET), String(found));
}

/** Null if a value is nested too deep even for that: such values are taken for equal. */
function textOf(value: unknown): string | null {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
}

/** Whether a text is these parts with anything between them. Linear in both. */
function fits(parts: readonly string[], text: string): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}

/** A normalized path, with the short form of names if it is allowed (RFC 9535). */
function jsonPath(path: readonly (string | number)[]): string {
  const steps = path.map((step) => {
    if (typeof step === 'number') return `[${step}]`;
    return /^[A-Za-z_]\w*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
  });
  return `$${steps.join('')}`;
}
