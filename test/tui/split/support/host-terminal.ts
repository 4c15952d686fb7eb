import { fileURLToPath } from 'node:url';
import { TestTerminal } from './terminal.js';

const host = fileURLToPath(new URL('host.ts', import.meta.url));
const window = fileURLToPath(new URL('window.mjs', import.meta.url));
export const keys = fileURLToPath(new URL('keys.mjs', import.meta.url));

/** A shell's line that runs the command in a split pane. */
export function hostLine(...command: string[]): string {
  return [process.execPath, '--import', 'tsx', host, ...command]
    .map((word) => `'${word.replaceAll("'", "'\\''")}'`)
    .join(' ');
}

/** A terminal in which the command runs in a split pane. */
export function inSplitPane(
  command: readonly string[],
  options?: ConstructorParameters<typeof TestTerminal>[2],
): TestTerminal {
  return new TestTerminal(process.execPath, ['--import', 'tsx', host, ...command], options);
}

/** The words of a command that runs another one on a terminal that vanishes with it. */
export function onVanishingTerminal(...command: string[]): string[] {
  return [process.execPath, window, process.execPath, '--import', 'tsx', host, ...command];
}
