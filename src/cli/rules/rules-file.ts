import { UsageError, UserError } from '../../base/errors.js';
import { readText, replaceFile, SettingsFileError } from '../../settings/claude/index.js';
import { differingLines } from '../../text/line-diff.js';
import { printable, printableLine } from '../../text/text.js';
import { ask } from '../ask.js';
import { printLines } from '../output.js';

/** @throws UserError where there is none, or it cannot be read */
export function readRulesFile(file: string): string {
  const text = readIfThere(file);
  if (text === null) throw new UserError(`${file} does not exist.`);
  return text;
}

/** Null: it does not exist. @throws UserError */
export function readIfThere(file: string): string | null {
  return withFile(() => readText(file));
}

export interface Change {
  file: string;
  before: string | null;
  after: string;
  isDryRun: boolean;
  /** Do not ask. */
  isAgreed: boolean;
}

/** Shows the changed lines, asks, and replaces the file. @throws UserError; UsageError without a terminal to ask on */
export async function changeRulesFile({ file, before, after, isDryRun, isAgreed }: Change): Promise<void> {
  if (before === after) return printLines([`${printableLine(file)} is like that already.`]);
  await printLines(differingLines(linesOf(before ?? ''), linesOf(after)));
  if (isDryRun) return;
  const answer = isAgreed ? 'yes' : await ask(`Write ${printableLine(file)}?`, NO_TERMINAL);
  if (answer !== 'yes') return printLines([answer === 'ended' ? '\nNothing was written.' : 'Nothing was written.']);
  withFile(() => replaceFile({ file, before, after }));
  await printLines([`${printableLine(file)}: written.`]);
}

const NO_TERMINAL = 'It asks before it writes, and there is no terminal. Nothing was written: add --yes.';

function linesOf(text: string): string[] {
  const all = printable(text).replace(/\n$/, '');
  return all === '' ? [] : all.split('\n');
}

const PROBLEMS: Readonly<Record<SettingsFileError['code'], string>> = {
  changed: 'another program has changed it in the meantime; try again',
  not_a_file: 'it is not a file',
  not_text: 'it is not UTF-8 text',
  unreadable: 'it cannot be read',
  unwritable: 'it cannot be written',
};

function withFile<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SettingsFileError)) throw error;
    const reason = error.reason === null ? '' : ` (${error.reason})`;
    throw new UserError(`${error.file}: ${PROBLEMS[error.code]}${reason}.`);
  }
}

/** @throws UsageError that says what to write */
export function given(value: string | undefined, usage: string): string {
  if (value === undefined || value === '') throw new UsageError(`Write: claude-trace rules ${usage}`);
  return value;
}
