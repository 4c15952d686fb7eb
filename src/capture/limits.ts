/** Characters of texts that requests are shown and grouped by; hostile ones can be megabytes. */
export const MAX_ID_LENGTH = 512;
export const MAX_ERROR_LENGTH = 4_000;

/** The beginning of a text that is longer than `limit` characters. */
export function bounded<Text extends string | null>(text: Text, limit: number): Text | string {
  return text === null || text.length <= limit ? text : `${text.slice(0, limit)}…`;
}
