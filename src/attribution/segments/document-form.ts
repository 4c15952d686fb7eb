/** How a paragraph of a document begins that is no plain prose: heading, list, quote, table, fence, what is indented, a tag. */
const FORM = /#{1,6} |[-*+] |\d{1,3}[.)] |>|\||```|~~~|[ \t]{2}|<[a-zA-Z/]/y;

export function isOfDocument(text: string, line: number, end: number): boolean {
  FORM.lastIndex = line;
  return FORM.test(text) && FORM.lastIndex <= end;
}
