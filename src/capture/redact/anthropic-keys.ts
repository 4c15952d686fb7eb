import type { Found } from './pattern-automaton.js';

const PREFIX = Buffer.from('sk-ant-');
/** `sk-ant-<kind>-<secret>`: API keys (api03), OAuth access and refresh tokens (oat01, ort01), session keys (sid01). */
const KEY = /^sk-ant-[A-Za-z0-9]+-[A-Za-z0-9_-]{20,}$/;
/** No key is longer, and a regular expression over megabytes of key characters overflows its stack. */
const JUDGED = 512;

/** Whatever has the shape of an Anthropic credential; with `cut`, also one that the end of the text cuts short. */
export function findAnthropicKeys(text: Buffer, cut: boolean, label: (value: string) => string): Found[] {
  const found: Found[] = [];
  /** End of the run of key characters that was looked at last: a run is walked once, however often the prefix is in it. */
  let end = 0;
  let start = text.indexOf(PREFIX);
  while (start !== -1) {
    if (start >= end) end = start + PREFIX.length;
    while (end < text.length && isKeyByte(text[end] ?? 0)) end++;
    const candidate = text.toString('latin1', start, Math.min(end, start + JUDGED));
    const isKey = KEY.test(candidate) || (cut && end === text.length);
    if (isKey) found.push({ start, end, label: label(candidate) });
    // A key takes in its whole run, and whatever prefixes are in it.
    start = text.indexOf(PREFIX, isKey ? end : start + PREFIX.length);
  }
  return found;
}

/** A-Z a-z 0-9 _ - */
function isKeyByte(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x5f ||
    byte === 0x2d
  );
}
