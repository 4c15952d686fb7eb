import { isRecord, type JsonRecord, parseRecord, stringOf } from '../../../base/json.js';
import type { Header } from '../../../model/exchange.js';
import { decodeHeaderValue, encodeHeaderValue } from '../../messages/header-value.js';
import { nameInHeader } from '../../messages/named-by.js';

/** How the body of a message is delimited and coded: not valid for another body. */
const OF_BODY = /^(?:content-length|transfer-encoding|content-encoding|content-md5|content-digest|digest|trailer)$/i;

const HEADER = /^([^:\s]+)[ \t]*:[ \t]*(.*?)[ \t]*$/s;

/** The head of a message whose body has changed. @param lines as spelled, the first of which is no header */
export function withBody(lines: readonly string[], body: Buffer): Buffer {
  return withFraming(lines, OF_BODY, `Content-Length: ${body.length}`);
}

/** The head of a message whose body is sent in chunks. */
export function withChunks(lines: readonly string[]): Buffer {
  return withFraming(lines, OF_BODY, 'Transfer-Encoding: chunked');
}

function withFraming([first = '', ...lines]: readonly string[], dropped: RegExp, framing: string): Buffer {
  const kept: string[] = [];
  let isPlaced = false;
  let isDropping = false;
  for (const line of lines) {
    // A line that begins with white space continues the one before (RFC 9112 §5.2).
    if (!/^[ \t]/.test(line)) isDropping = dropped.test(nameOf(line));
    if (!isDropping) kept.push(line);
    else if (!isPlaced) {
      kept.push(framing);
      isPlaced = true;
    }
  }
  return headOf([first, ...kept, ...(isPlaced ? [] : [framing])]);
}

export function headOf(lines: readonly string[]): Buffer {
  return Buffer.from([...lines, '', ''].join('\r\n'), 'latin1');
}

/** The headers of lines that `withBody` or `withChunks` would keep. */
export function withoutCoding(headers: readonly Header[]): Header[] {
  return headers.filter(([name]) => !OF_BODY.test(name));
}

function nameOf(line: string): string {
  return HEADER.exec(line)?.[1] ?? '';
}

/**
 * The head of a request whose body rules have changed. From 2026-07-28 on, headers repeat fields of the body, and servers refuse
 * requests in which they differ.
 */
export function repeatingBody(lines: readonly string[], original: Buffer, changed: Buffer): string[] {
  const before = parseRecord(original.toString());
  const after = parseRecord(changed.toString());
  if (before === null || after === null) return [...lines];
  return lines.flatMap((line) => {
    const [, name = '', value = ''] = HEADER.exec(line) ?? [];
    const repeated = valueIn(name.toLowerCase(), decodeHeaderValue(value), before, after);
    if (repeated === undefined) return [line];
    return repeated === null ? [] : [`${name}: ${encodeHeaderValue(repeated)}`];
  });
}

/** Undefined: the header stays; null: nothing in the body is repeated by it. */
function valueIn(name: string, value: string, before: JsonRecord, after: JsonRecord): string | null | undefined {
  if (name === 'mcp-method') return stringOf(after.method) ?? undefined;
  if (name === 'mcp-name') return nameInHeader(after) ?? undefined;
  if (!name.startsWith(PARAM)) return undefined;
  // Only the definition of the tool says which argument it is: take the one with its value, of several the one with its name.
  const paths = [...pathsTo(value, argumentsOf(before))];
  const path = paths.find((each) => each.at(-1)?.toLowerCase() === name.slice(PARAM.length)) ?? paths[0];
  return path === undefined ? undefined : textOf(valueAt(argumentsOf(after), path));
}

const PARAM = 'mcp-param-';

/** Deeper ones are not looked for. */
const MAX_DEPTH = 8;

function* pathsTo(text: string, value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (!isRecord(value) || path.length > MAX_DEPTH) {
    if (path.length > 0 && textOf(value) === text) yield path;
    return;
  }
  for (const [key, inner] of Object.entries(value)) yield* pathsTo(text, inner, [...path, key]);
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const key of path) at = isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  return at;
}

function argumentsOf({ params }: JsonRecord): unknown {
  return isRecord(params) ? params.arguments : undefined;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}
