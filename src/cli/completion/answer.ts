import { writeOut } from '../../text/output/stdout.js';
import { printableLine } from '../../text/text.js';
import { candidatesFor } from './candidates.js';
import { escapeWord, splitLine } from './split-line.js';
import type { Candidate } from './values.js';

/**
 * Answers the scripts of scripts.ts: with a line that says what follows (`words`, `files` or `command`), then one word a line.
 * `__complete zsh|fish <word>… <current>` gets words with a tab and their description. `__complete bash <breaks> <line>` gets
 * replacements for the part of the line that bash completes.
 */
export async function answerShell([shell, ...given]: readonly string[]): Promise<void> {
  if (shell === 'bash') return writeOut(await answerBash(given[0] ?? '', given[1] ?? ''));
  const candidates = await candidatesFor(given.slice(0, -1), given.at(-1) ?? '');
  if (typeof candidates === 'string') return writeOut(`${candidates}\n`);
  const lines = candidates.filter(isSafe).map(({ value, description }) => `${value}\t${printableLine(description)}`);
  return writeOut(['words', ...lines, ''].join('\n'));
}

/**
 * bash replaces the text after the last character of COMP_WORDBREAKS, which usually contains `:` and `=`.
 * @param line up to the cursor
 */
async function answerBash(breaks: string, line: string): Promise<string> {
  const { words, current, typed, quote } = splitLine(line);
  const command = words.findIndex((word) => !/^\w+=/.test(word));
  const candidates = await candidatesFor(words.slice(command + 1), current);
  if (typeof candidates === 'string') return `${candidates}\n`;
  const kept = quote === '' ? splitLine(typed.slice(0, lastBreak(typed, breaks) + 1)).current : '';
  const shown = candidates
    .filter(({ value }) => value.startsWith(current))
    .filter(isSafe)
    .map(({ value }) => escapeWord(value.slice(kept.length), quote));
  return ['words', ...shown, ''].join('\n');
}

function lastBreak(typed: string, breaks: string): number {
  return Math.max(...[':', '='].map((each) => (breaks.includes(each) ? typed.lastIndexOf(each) : -1)));
}

/** Captured names may contain line breaks or escape sequences: those are not offered. */
function isSafe({ value }: Candidate): boolean {
  return !/[\p{C}\p{Zl}\p{Zp}]/u.test(value);
}
