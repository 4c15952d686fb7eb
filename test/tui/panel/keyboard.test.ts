import { describe, expect, it } from 'vitest';
import { Keyboard } from '../../../src/tui/panel/keyboard.js';
import { PASTED } from '../../../src/tui/panel/pastes.js';

/** What Ink reads, key by key. */
function keysOf(...typed: string[]): string[] {
  const keyboard = new Keyboard();
  for (const bytes of typed) keyboard.press(Buffer.from(bytes, 'latin1'));
  const keys: string[] = [];
  for (let key = keyboard.read(); key !== null; key = keyboard.read()) keys.push(key);
  return keys;
}

describe('Keyboard', () => {
  it('returns keys that came together one by one', () => {
    const keys = [
      '\x1b[A',
      '\x1bOB',
      '\x1b[1;5C',
      '\x1b[5~',
      '\x1b[3;5~',
      '\x1b[Z',
      '\x1bOP',
      '\x1b[1;2:3A',
      '\x1b[99;5u',
      '\x1bx',
      '\x1b[112;1:3u',
      '\r',
      'text',
      '\x1b',
    ];
    expect(keysOf(keys.join(''))).toEqual(keys);
  });

  it('joins characters that were divided between reads', () => {
    expect(keysOf('\xe6\x97', '\xa5')).toEqual(['日']);
  });

  it('returns a paste as one marked text, however reads divide it', () => {
    expect(keysOf('j\x1b[200~q+', ' two\r\x1b[20', '1~k')).toEqual(['j', `${PASTED}q+ two\r`, 'k']);
  });

  it.each([
    ['of a mouse', '\x1b[<0;10;20M'],
    ['of the focus', '\x1b[I'],
    ['of the cursor', '\x1b[10;20R'],
    ['of an unknown key', '\x1b[27;5;9~'],
    ['of Ctrl-F1', '\x1b[1;5P'],
    ['of Shift-F4', '\x1b[1;2S'],
    ['of the keypad', '\x1bOM'],
  ])('ignores a sequence %s, which contains no keys', (_, sequence) => {
    expect(keysOf(`j${sequence}k`)).toEqual(['j', 'k']);
  });
});
