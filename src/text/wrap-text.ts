import stringWidth from 'string-width';
import { printableLine } from './text.js';

/**
 * Lines of at most `width` terminal columns, broken at spaces, the first after `first` and the others after as many blanks. A
 * word that is too long keeps a line of its own: what is to be copied is not cut.
 */
export function wrapText(text: string, width: number, first: string): string[] {
  const indent = ' '.repeat(stringWidth(first));
  const lines: string[] = [];
  let line = '';
  for (const word of printableLine(text).split(' ')) {
    if (line !== '' && stringWidth(`${indent}${line} ${word}`) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((each, index) => `${index === 0 ? first : indent}${each}`);
}
