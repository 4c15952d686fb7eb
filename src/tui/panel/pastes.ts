const BEGIN = '\x1b[200~';
const END = '\x1b[201~';

/** What is pasted beyond that is not for one line. A terminal that never sends the end must not take all keys. */
const LONGEST = 64 * 1024;

/**
 * Stands before text that was pasted: it belongs into a line that is being typed, and presses no keys. A private character,
 * which no keyboard has.
 */
export const PASTED = '\u{f0000}';

interface Piece {
  /** Of keys, or of one whole paste. */
  kind: 'keys' | 'paste';
  text: string;
}

/** Tells what was pasted (bracketed paste, mode 2004) from what was typed, wherever reads cut it. Beginnings come whole. */
export function createPasteReader(): (text: string) => Piece[] {
  /** What has come of a paste; null outside of one. */
  let pasted: string | null = null;

  return (text) => {
    const pieces: Piece[] = [];
    let rest = text;
    while (rest !== '') {
      if (pasted === null) {
        const begin = rest.indexOf(BEGIN);
        const keys = begin === -1 ? rest : rest.slice(0, begin);
        if (keys !== '') pieces.push({ kind: 'keys', text: keys });
        if (begin === -1) break;
        pasted = '';
        rest = rest.slice(begin + BEGIN.length);
        continue;
      }
      pasted += rest;
      const end = pasted.indexOf(END);
      if (end === -1 && pasted.length < LONGEST) break;
      pieces.push({ kind: 'paste', text: end === -1 ? pasted : pasted.slice(0, end) });
      rest = end === -1 ? '' : pasted.slice(end + END.length);
      pasted = null;
    }
    return pieces;
  };
}
