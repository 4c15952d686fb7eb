const HEADING = /#{1,6} /y;
/** A list, a quote, a table, a fence, what is indented, a tag, a numbered line of a file. */
const OTHER = /[-*+] |\d{1,3}[.)] |>|\||```|~~~|[ \t]{2}|<[a-zA-Z/]|\d{1,7}[\t→]/y;

/** How a paragraph begins that documents are made of; null for plain prose, which could be anybody's. */
export function documentForm(text: string, line: number): 'heading' | 'other' | null {
  HEADING.lastIndex = line;
  if (HEADING.test(text)) return 'heading';
  OTHER.lastIndex = line;
  return OTHER.test(text) ? 'other' : null;
}
