/** What stands around the entries of a HAR 1.2 log, for who writes them one by one. */
export function harBeginning(version: string): string {
  const creator = JSON.stringify({ name: 'claude-trace', version });
  return `{"log":{"version":"1.2","creator":${creator},"entries":[\n`;
}

export const HAR_SEPARATOR = ',\n';
export const HAR_END = '\n]}}\n';
