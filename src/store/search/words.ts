/** Scripts that are written without spaces: Han, kana, Hangul (whose words take endings), Thai, Lao, Khmer, Burmese. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;

/**
 * Puts spaces around each letter of scripts without spaces, since the tokenizer of the text index (unicode61) would take a whole
 * sentence for one word. Texts and queries are treated alike, so letters side by side are found as a phrase.
 */
export function spaced(text: string): string {
  return text.replace(UNSPACED, ' $& ');
}
