/** Codes of ours as what follows IN: `('main', 'subagent')`. Not for text of others: it is not escaped. */
export function sqlList(codes: readonly string[]): string {
  return `(${codes.map((code) => `'${code}'`).join(', ')})`;
}
