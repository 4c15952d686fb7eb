import { describe, expect, it } from 'vitest';
import { isPrefix, PREFIX_KEY, parseKey, toPrefixKey } from '../../src/settings/prefix-key.js';

const isPrefixKey = (sequence: string) => {
  const event = parseKey(sequence);
  return event !== null && isPrefix(event, toPrefixKey('ctrl-]'));
};

describe('the prefix key', () => {
  it.each([
    ['kitty protocol', '\x1b[93;5u'],
    ['with event type', '\x1b[93;5:1u'],
    ['with alternate keys and text', '\x1b[93:125:93;5;93u'],
    ['with num lock and caps lock', '\x1b[93;197u'],
    ['modifyOtherKeys', '\x1b[27;5;93~'],
  ])('is known as %s', (_, sequence) => {
    expect(isPrefixKey(sequence)).toBe(true);
  });

  it.each([
    ['] alone', '\x1b[93u'],
    ['Alt-]', '\x1b[93;3u'],
    ['Ctrl-Alt-]', '\x1b[93;7u'],
    ['Ctrl-[', '\x1b[91;5u'],
    ['an arrow', '\x1b[1;5A'],
  ])('is not %s', (_, sequence) => {
    expect(isPrefixKey(sequence)).toBe(false);
  });
});

describe('toPrefixKey', () => {
  it.each([
    ['ctrl-]', 'Ctrl-]', 0x1d],
    ['ctrl-a', 'Ctrl-A', 0x01],
    ['Ctrl-T', 'Ctrl-T', 0x14],
    ['ctrl-\\', 'Ctrl-\\', 0x1c],
    ['ctrl-_', 'Ctrl-_', 0x1f],
  ])('knows %s as terminals send it', (text, name, byte) => {
    expect(text).toMatch(PREFIX_KEY);
    expect(toPrefixKey(text)).toMatchObject({ name, byte });
  });

  it.each(['ctrl-m', 'ctrl-i', 'ctrl-[', 'ctrl-1', 'ctrl-ab', 'alt-a', ']'])('does not accept %s', (text) => {
    expect(text).not.toMatch(PREFIX_KEY);
  });
});

describe('parseKey', () => {
  it('reads the character that Shift makes', () => {
    expect(parseKey('\x1b[61:43;2u')).toEqual({ key: '+', ctrl: false, pressed: true });
  });

  it('distinguishes a release from a press', () => {
    expect(parseKey('\x1b[122;1:3u')).toEqual({ key: 'z', ctrl: false, pressed: false });
  });

  it('has no character for a modifier key', () => {
    expect(parseKey('\x1b[57441;2u')).toMatchObject({ key: null });
  });

  it('ignores other sequences', () => {
    expect(parseKey('\x1b[A')).toBeNull();
    expect(parseKey('\x1b[200~')).toBeNull();
  });
});
