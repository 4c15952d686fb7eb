const BEGIN = '\x1b[200~';
const END = '\x1b[201~';

/** A terminal that never sends the end marker must not swallow all keys. */
const MAX_PASTE = 64 * 1024;

/** Marks pasted text, which must not count as keys. A private character that no keyboard has. */
export const PASTED = '\u{f0000}';

interface Typed {
  /** Keys, or one whole paste. */
  kind: 'keys' | 'paste';
  text: string;
}

/**
 * Separates pasted text (bracketed paste, mode 2004) from keys. The begin marker must not be divided between two calls.
 */
export function createPasteReader(): (text: string) => Typed[] {
  /** The part of a paste that has come; null outside of one. */
  let pasted: string | null = null;

  return (text) => {
    const typed: Typed[] = [];
    let rest = text;
    while (rest !== '') {
      if (pasted === null) {
        const begin = rest.indexOf(BEGIN);
        const keys = begin === -1 ? rest : rest.slice(0, begin);
        if (keys !== '') typed.push({ kind: 'keys', text: keys });
        if (begin === -1) break;
        pasted = '';
        rest = rest.slice(begin + BEGIN.length);
        continue;
      }
      pasted += rest;
      const end = pasted.indexOf(END);
      if (end === -1 && pasted.length < MAX_PASTE) break;
      typed.push({ kind: 'paste', text: end === -1 ? pasted : pasted.slice(0, end) });
      rest = end === -1 ? '' : pasted.slice(end + END.length);
      pasted = null;
    }
    return typed;
  };
}
