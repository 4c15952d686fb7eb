import { isRecord, type JsonRecord, parseRecord, stringOf } from '../../base/json.js';
import { valueAt } from '../../base/json-location.js';
import { decodeHeaderValue, encodeHeaderValue, headerText } from '../messages/header-value.js';
import { nameInHeader } from '../messages/named-by.js';

/** The new value of a header: undefined if it stays, null if it repeats no field of the body any more. @param name in lower case */
export type RepeatedValue = (name: string, value: string) => string | null | undefined;

/**
 * For the headers of a request whose body rules have changed: from 2026-07-28 on, headers repeat fields of the body, and servers refuse
 * requests in which they differ.
 */
export function repeatedValues(original: Buffer, changed: Buffer): RepeatedValue {
  const before = parseRecord(original.toString());
  const after = parseRecord(changed.toString());
  if (before === null || after === null) return () => undefined;
  let found: Argument[] | null = null;

  const repeatedValue: RepeatedValue = (name, value) => {
    if (name === 'mcp-method') return stringOf(after.method) ?? undefined;
    if (name === 'mcp-name') return nameInHeader(after) ?? undefined;
    if (!name.startsWith(PARAM)) return undefined;
    // Only the definition of the tool says which argument it is: take the one with its value, of several the one with its name.
    found ??= argumentsIn(argumentsOf(before)).slice(0, MAX_ARGUMENTS);
    const same = found.filter(({ text }) => text === value);
    const named = same.find(({ path }) => path.at(-1)?.toLowerCase() === name.slice(PARAM.length)) ?? same[0];
    return named === undefined ? undefined : headerText(valueAt(argumentsOf(after), named.path));
  };
  return (name, value) => {
    const repeated = repeatedValue(name, decodeHeaderValue(value));
    return typeof repeated === 'string' ? encodeHeaderValue(repeated) : repeated;
  };
}

const PARAM = 'mcp-param-';

/** Further and deeper ones are ignored: a client may send a thousand headers and a million arguments. */
const MAX_ARGUMENTS = 1_000;
const MAX_DEPTH = 8;

interface Argument {
  path: readonly string[];
  text: string;
}

function argumentsIn(value: unknown, path: readonly string[] = []): Argument[] {
  if (isRecord(value) && path.length <= MAX_DEPTH) {
    return Object.entries(value).flatMap(([key, inner]) => argumentsIn(inner, [...path, key]));
  }
  const text = headerText(value);
  return text === null || path.length === 0 ? [] : [{ path, text }];
}

function argumentsOf({ params }: JsonRecord): unknown {
  return isRecord(params) ? params.arguments : undefined;
}
