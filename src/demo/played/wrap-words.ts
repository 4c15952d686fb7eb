/**
 * Breaks lines between words in text that arrives in pieces. A word is written when the space or the line break behind it has arrived.
 *
 * @param columns width of the terminal; `Infinity` without a terminal
 */
export function wrapWords(write: (text: string) => void, columns: () => number): (text: string) => void {
  let column = 0;
  let space = '';
  let word = '';

  function writeWord(): void {
    if (word === '') return;
    const fits = column + space.length + word.length <= columns();
    write(fits ? space + word : `\n${word}`);
    column = fits ? column + space.length + word.length : word.length;
    space = '';
    word = '';
  }

  return (text) => {
    for (const character of text) {
      if (character !== ' ' && character !== '\n') {
        word += character;
        continue;
      }
      writeWord();
      space = character === ' ' ? ' ' : '';
      if (character === '\n') {
        write('\n');
        column = 0;
      }
    }
  };
}
