/** Characters of what is stored with each request to be shown and grouped by; hostile ones can be megabytes. */
export const LONGEST_ID = 512;
export const LONGEST_ERROR = 4_000;

/** The beginning of a text that is longer than `limit` characters. */
export function bounded<Text extends string | null>(text: Text, limit: number): Text | string {
  return text === null || text.length <= limit ? text : `${text.slice(0, limit)}…`;
}
