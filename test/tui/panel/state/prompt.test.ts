import { describe, expect, it } from 'vitest';
import { edited } from '../../../../src/tui/panel/state/prompt.js';

const plain = { backspace: false, ctrl: false };

describe('the prompt', () => {
  it('accepts text of every script, and turns pasted line ends into blanks', () => {
    expect(edited('find ', '事务 🚀', plain)).toBe('find 事务 🚀');
    expect(edited('', 'two\r\nlines\x1b', plain)).toBe('two lines ');
  });

  it('deletes a character, a word, or everything', () => {
    expect(edited('rocket 🚀', '', { backspace: true, ctrl: false })).toBe('rocket ');
    expect(edited('two words', 'w', { backspace: false, ctrl: true })).toBe('two ');
    expect(edited('two words', 'u', { backspace: false, ctrl: true })).toBe('');
  });

  it('ignores other keys', () => {
    expect(edited('text', '', plain)).toBeNull();
    expect(edited('text', 'x', { backspace: false, ctrl: true })).toBeNull();
  });
});
