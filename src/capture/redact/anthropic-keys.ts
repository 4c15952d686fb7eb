import type { Found } from './pattern-automaton.js';

const PREFIX = Buffer.from('sk-ant-');
/** `sk-ant-<kind>-<secret>`: API keys (api03), OAuth access and refresh tokens (oat01, ort01), session keys (sid01). */
const KEY = /^sk-ant-[A-Za-z0-9]+-[A-Za-z0-9_-]{20,}$/;
/** No key is longer, and a regular expression over megabytes of key characters overflows its stack. */
const MAX_KEY_LENGTH = 512;

/** Finds text in the form of an Anthropic credential. @param cut also one that the end of the text cuts */
export function findAnthropicKeys(text: Buffer, cut: boolean, label: (value: string) => string): Found[] {
  const found: Found[] = [];
  /** End of the last run of key characters. Each run is walked once, however often the prefix is in it. */
  let end = 0;
  let start = text.indexOf(PREFIX);
  while (start !== -1) {
    if (start >= end) end = start + PREFIX.length;
    while (end < text.length && isKeyByte(text[end] ?? 0)) end++;
    const candidate = text.toString('latin1', start, Math.min(end, start + MAX_KEY_LENGTH));
    const isKey = KEY.test(candidate) || (cut && end === text.length);
    if (isKey) found.push({ start, end, label: label(candidate) });
    // A key is its whole run, with any prefixes in it.
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
