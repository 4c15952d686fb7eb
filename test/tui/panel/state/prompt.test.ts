import { describe, expect, it } from 'vitest';
import { edited } from '../../../../src/tui/panel/state/prompt.js';

const plain = { backspace: false, ctrl: false };

describe('the line at the foot', () => {
  it('takes text of every script, and pasted line ends as blanks', () => {
    expect(edited('find ', '事务 🚀', plain)).toBe('find 事务 🚀');
    expect(edited('', 'two\r\nlines\x1b', plain)).toBe('two lines ');
  });

  it('deletes a character, a word, or all', () => {
    expect(edited('rocket 🚀', '', { backspace: true, ctrl: false })).toBe('rocket ');
    expect(edited('two words', 'w', { backspace: false, ctrl: true })).toBe('two ');
    expect(edited('two words', 'u', { backspace: false, ctrl: true })).toBe('');
  });

  it('ignores keys that edit nothing', () => {
    expect(edited('text', '', plain)).toBeNull();
    expect(edited('text', 'x', { backspace: false, ctrl: true })).toBeNull();
  });
});
