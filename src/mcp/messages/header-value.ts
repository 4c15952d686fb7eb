/** Printable ASCII without blanks at the ends that does not look like the encoding below. */
const PLAIN = /^(?!=\?base64\?)[!-~](?:[ -~]*[!-~])?$/;

/** The value of a header that repeats a field of the body. Text that headers cannot hold is sent as `=?base64?…?=` (MCP 2026-07-28). */
export function encodeHeaderValue(value: string): string {
  return PLAIN.test(value) ? value : `=?base64?${Buffer.from(value).toString('base64')}?=`;
}

export function decodeHeaderValue(value: string): string {
  const [, base64] = /^=\?base64\?([\w+/=]*)\?=$/.exec(value) ?? [];
  return base64 === undefined ? value : Buffer.from(base64, 'base64').toString();
}

/** The text of an argument that a header repeats; null if it is of a type that headers do not repeat. */
export function headerText(argument: unknown): string | null {
  const isRepeated = typeof argument === 'string' || typeof argument === 'number' || typeof argument === 'boolean';
  return isRepeated ? String(argument) : null;
}
