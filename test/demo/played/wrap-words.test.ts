import { describe, expect, it } from 'vitest';
import { wrapWords } from '../../../src/demo/played/wrap-words.js';

function wrapped(columns: number, ...pieces: string[]): string {
  let written = '';
  const print = wrapWords(
    (text) => {
      written += text;
    },
    () => columns,
  );
  for (const piece of pieces) print(piece);
  return written;
}

describe('wrapWords', () => {
  it('breaks lines between words, wherever the pieces of the text end', () => {
    expect(wrapped(12, 'Fixed: the di', 'scount n', 'ow applies', '.\n')).toBe('Fixed: the\ndiscount now\napplies.\n');
  });

  it('writes a word that is longer than a line as it is', () => {
    expect(wrapped(5, 'a incomprehensible b\n')).toBe('a\nincomprehensible\nb\n');
  });

  it('starts again after a line break of the text', () => {
    expect(wrapped(6, 'one\ntwo\n\nthree four\n')).toBe('one\ntwo\n\nthree\nfour\n');
  });

  it('leaves text alone where there is no terminal', () => {
    expect(wrapped(Number.POSITIVE_INFINITY, 'no terminal, ', 'no breaks\n')).toBe('no terminal, no breaks\n');
  });
});
