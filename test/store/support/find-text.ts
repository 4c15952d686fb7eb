/** The meaning of `text` in a filter, in plain code: all terms, each as a phrase in one of the texts. */
export function findsText(wanted: string, texts: readonly string[]): boolean {
  const words = texts.map(wordsOf);
  return termsOf(wanted).every(({ phrase, isPrefix }) => words.some((text) => holds(text, phrase, isPrefix)));
}

/** Letters of scripts without spaces are words of their own. */
const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}])[\p{L}\p{N}])+/gu;

/** In lower case, without diacritics. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(WORD)].map(([word]) => (/\p{Script=Latin}/u.test(word) ? unmarked(word) : word));
}

function unmarked(word: string): string {
  return word.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

function termsOf(wanted: string): { phrase: string[]; isPrefix: boolean }[] {
  const quoted = wanted.split('"');
  return quoted
    .flatMap((part, index) =>
      index % 2 === 1
        ? [{ phrase: wordsOf(part), isPrefix: false }]
        : part.split(/\s+/).map((word) => ({ phrase: wordsOf(word), isPrefix: true })),
    )
    .filter(({ phrase }) => phrase.length > 0);
}

function holds(text: readonly string[], phrase: readonly string[], isPrefix: boolean): boolean {
  return text.some((_, start) =>
    phrase.every((word, index) => {
      const found = text[start + index];
      return isPrefix && index === phrase.length - 1 ? found?.startsWith(word) : found === word;
    }),
  );
}
