/** A text with `�` in place of halves of surrogate pairs, which no encoding keeps. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
