import { UsageError, UserError } from '../../base/errors.js';
import { readText, replaceFile, SettingsFileError } from '../../settings/claude/index.js';
import { differingLines } from '../../text/line-diff.js';
import { printable, printableLine } from '../../text/text.js';
import { ask } from '../ask.js';
import { printLines } from '../output.js';
import { type Format, isForProgram, printData } from './print.js';

/** @throws UserError if it does not exist or cannot be read */
export function readRulesFile(file: string): string {
  const text = readIfThere(file);
  if (text === null) throw new UserError(`${file} does not exist.`);
  return text;
}

/** Null if it does not exist. @throws UserError */
export function readIfThere(file: string): string | null {
  return withFile(() => readText(file));
}

export interface EditOptions extends Format {
  dryRun: boolean;
  /** Do not ask. */
  yes: boolean;
}

/**
 * Shows the changed lines, asks, and replaces the file. Programs get the outcome in place of the lines.
 * @throws UserError; UsageError without a terminal to ask on
 */
export async function changeRulesFile(
  file: string,
  before: string | null,
  after: string,
  options: EditOptions,
): Promise<void> {
  const say = async (...lines: string[]) => {
    if (!isForProgram(options)) await printLines(lines);
  };
  const isChanged = before !== after;
  let isWritten = false;
  if (!isChanged) await say(`${printableLine(file)} would not change.`);
  else {
    await say(...differingLines(linesOf(before ?? ''), linesOf(after)));
    if (!options.dryRun) {
      const answer = options.yes ? 'yes' : await ask(`Write ${printableLine(file)}?`, NO_TERMINAL);
      isWritten = answer === 'yes';
      if (isWritten) withFile(() => replaceFile({ file, before, after }));
      await say(isWritten ? `${printableLine(file)}: written.` : 'Nothing was written.');
    }
  }
  if (isForProgram(options)) await printData(options, { file, changed: isChanged, written: isWritten });
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

/** @throws UsageError with the usage */
export function given(value: string | undefined, usage: string): string {
  if (value === undefined || value === '') throw new UsageError(`Usage: claude-trace rules ${usage}`);
  return value;
}
