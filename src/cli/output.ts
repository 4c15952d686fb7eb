import { isOutputClosed, writeOut } from '../text/output/stdout.js';

export function printJson(value: unknown): Promise<void> {
  return writeOut(`${JSON.stringify(value, null, 2)}\n`);
}

/** One JSON object a line. */
export function printJsonLines(rows: readonly unknown[]): Promise<void> {
  return writeOut(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

export function printLines(lines: readonly string[]): Promise<void> {
  return writeOut(`${lines.join('\n')}\n`);
}

const PAGE_CHARACTERS = 64 * 1024;

/** Writes any number of texts, some of them together. */
export async function writeInPages(texts: Iterable<string>): Promise<void> {
  let page = '';
  for (const text of texts) {
    page += text;
    if (page.length < PAGE_CHARACTERS) continue;
    await writeOut(page);
    if (isOutputClosed()) return;
    page = '';
  }
  if (page !== '') await writeOut(page);
}

/** Infinite where stdout is not a terminal: nothing is cut off for a pipe. */
export function outputWidth(): number {
  return process.stdout.columns ?? Number.POSITIVE_INFINITY;
}
