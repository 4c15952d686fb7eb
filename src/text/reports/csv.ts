import { printable } from '../text.js';

/** CSV as in RFC 4180: CRLF line ends, fields quoted where they need it; it may end up on a terminal. */
export function csvLine(fields: readonly (string | number | boolean | null)[]): string {
  return `${fields.map(csvField).join(',')}\r\n`;
}

function csvField(value: string | number | boolean | null): string {
  if (value === null) return '';
  const text = printable(String(value));
  // A leading = + - @ makes a spreadsheet run captured text as a formula; OWASP's mend is a leading quote.
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
