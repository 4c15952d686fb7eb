/** Scripts that are written without spaces: Han, kana, Hangul (whose words take endings), Thai, Lao, Khmer, Burmese. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;

/**
 * Text as the tokenizer of the text index (unicode61) shall see it: it takes a run of letters for one word, so each letter of
 * a script without spaces is set apart. Text and questions go through it alike: a phrase of such letters is found wherever
 * they stand side by side.
 */
export function spaced(text: string): string {
  return text.replace(UNSPACED, ' $& ');
}
