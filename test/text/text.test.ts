import { describe, expect, it } from 'vitest';
import { describeFields, escapeUnsafe, excerpt, printable, printableLine } from '../../src/text/text.js';

describe('printable', () => {
  it('keeps lines and tabs, and replaces control characters', () => {
    expect(printable('one\r\ntwo\tthree\n')).toBe('one\ntwo\tthree\n');
    expect(printable('\u001b[2Jgone\u0007\u009b1m')).toBe('�[2Jgone��1m');
    expect(printable('a\u202egnp.exe\u2028b\u2066c')).toBe('a�gnp.exe�b�c');
  });

  it('replaces halves of characters, which terminals show as one column, and keeps whole ones', () => {
    expect(printable('a\ud800b\udc00\ud83d\ude00\ude00')).toBe('a�b�😀�');
  });
});

describe('escapeUnsafe', () => {
  it('keeps colours and line ends, and escapes the rest as JSON does', () => {
    const ours = '\u001b[1;31mred\u001b[0m\tx\r\ny\n';
    expect(escapeUnsafe(ours)).toBe(ours);
    expect(escapeUnsafe('\u001b[2J\u009b\u200f\r')).toBe('\\u001b[2J\\u009b\\u200f\\u000d');
    const value = { odd: '\u007f\u0085\u202e\ufeff\u001b' };
    expect(JSON.parse(escapeUnsafe(JSON.stringify(value)))).toEqual(value);
  });
});

describe('printableLine', () => {
  it('is always one line', () => {
    expect(printableLine('toolu_\u001b]0;owned\u0007\r\nfaked  line\t')).toBe('toolu_�]0;owned� faked  line ');
  });
});

describe('excerpt', () => {
  it('is one line that is cut if it is too long', () => {
    expect(excerpt('  two\n\n lines ', 20)).toBe('two lines');
    expect(excerpt('123456789', 9)).toBe('123456789');
    expect(excerpt('1234567890', 9)).toBe('12345678…');
    expect(excerpt(`a${' '.repeat(1_000)}b`, 9)).toBe('a…');
  });
});

describe('describeFields', () => {
  it('keeps each value on its line, without control characters', () => {
    expect(describeFields([['model', 'm\u001b[2J\ncost  $0']])).toEqual(['model  m�[2J cost  $0']);
  });

  it('aligns values and leaves out those that are missing', () => {
    expect(
      describeFields([
        ['a', '1'],
        ['long', null],
        ['bcd', ''],
        ['ef', '2'],
      ]),
    ).toEqual(['a     1', 'ef    2']);
  });
});
