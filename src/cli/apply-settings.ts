import { join, sep } from 'node:path';
import { type Advice, type SettingsChange, settingsChanges } from '../advice/index.js';
import { UserError } from '../base/errors.js';
import { findHome } from '../base/home.js';
import type { Source } from '../model/source.js';
import {
  type FileChange,
  keepInBackup,
  lastBackup,
  readConfigured,
  readText,
  replaceFile,
  restoreBackup,
  SettingsFileError,
  SettingsTextError,
  saveBackup,
  userPlaces,
  withEntries,
} from '../settings/claude/index.js';
import { resolvePaths } from '../settings/paths.js';
import { notify } from '../text/output/stderr.js';
import { describeSettingsDiff } from '../text/reports/advice/settings-diff.js';
import { wrapText } from '../text/wrap.js';
import { ask } from './ask.js';
import { outputWidth, printLines } from './output.js';

/** A change with its file. */
export type PlacedChange = SettingsChange & { file: string; shownFile: string };

/** The changes that advice amounts to, with the files of this machine. @param current sources with the projects that carry them */
export function changesOf(
  { findings }: Advice,
  current: ReadonlyMap<Source, readonly string[]> | null,
): PlacedChange[] {
  const projects = new Set([...(current ?? new Map<Source, string[]>()).values()].flat());
  return settingsChanges(findings, readConfigured(process.env, [...projects])).map((change) => {
    const { user, local } = userPlaces(process.env, change.project ?? '/');
    const file = change.project === null ? user : local;
    return { ...change, file, shownFile: shortPath(file) };
  });
}

type PlannedChange = PlacedChange & FileChange & { after: string };

/**
 * Writes the changes, after it has shown each and the user has agreed; with copies of the files for `undoSettings`.
 * @param isAgreed do not ask
 * @throws UsageError without a terminal to ask on; UserError
 */
export async function applySettings(changes: readonly PlacedChange[], isAgreed: boolean): Promise<void> {
  const planned = changes.flatMap(plan);
  if (planned.length === 0) {
    if (process.exitCode !== 1) await printLines(['Nothing to write: no finding has a setting that is not set yet.']);
    return;
  }
  const agreed: PlannedChange[] = [];
  for (const change of planned) {
    await printLines([...describeSettingsDiff(change), '']);
    const answer = isAgreed ? 'yes' : await ask(`Write ${change.shownFile}?`, NO_TERMINAL);
    if (answer === 'ended') return printLines(['', 'Nothing was written.']);
    if (answer === 'yes') agreed.push(change);
  }
  if (agreed.length === 0) return printLines(['Nothing was written.']);
  const { settingsBackups } = resolvePaths(process.env);
  const backup = saveBackup(settingsBackups, agreed, Date.now());
  const written = agreed.flatMap((change) =>
    reportProblems(change, () => {
      replaceFile(change);
      return [change];
    }),
  );
  keepInBackup(
    backup,
    written.map(({ file }) => file),
  );
  if (written.length === 0) return;
  const undo = 'claude-trace suggest --undo restores what was there.';
  await printLines(
    wrapText(
      `${written.map(({ shownFile }) => shownFile).join(' and ')}: written, for the next session of Claude Code. ${undo}`,
      outputWidth(),
    ),
  );
}

/** The change of a file; none where it has all settings already, or cannot be changed, which is reported. */
function plan(change: PlacedChange): PlannedChange[] {
  return reportProblems(change, () => {
    const before = readText(change.file);
    const after = withEntries(before, change.entries);
    return before === after ? [] : [{ ...change, before, after }];
  });
}

function reportProblems<Result>({ shownFile }: PlacedChange, work: () => Result[]): Result[] {
  try {
    return work();
  } catch (error) {
    notify(`${shownFile} was not changed: ${describeProblem(error)}`);
    process.exitCode = 1;
    return [];
  }
}

/** Puts back what the last `--apply` replaced. @throws UserError */
export async function undoSettings(): Promise<void> {
  const backup = lastBackup(resolvePaths(process.env).settingsBackups);
  if (backup === null) throw new UserError('There is nothing to undo: suggest --apply has changed no settings file.');
  const result = restored(() => restoreBackup(backup));
  if ('changed' in result) {
    const files = result.changed.map(({ file, copy }) =>
      copy === null ? `${shortPath(file)} (did not exist)` : `${shortPath(file)} (now in ${shortPath(copy)})`,
    );
    throw new UserError(
      `Nothing was restored, because these files were changed since: ${files.join(', ')}. Edit them by hand, using the copy ` +
        `as a reference, then remove ${shortPath(backup.folder)}: the next --undo restores what was applied before that.`,
    );
  }
  const files = result.restored.map(
    ({ file, copy }) => `${copy === null ? 'Removed' : 'Restored'} ${shortPath(file)}.`,
  );
  await printLines(files.length > 0 ? files : ['The files are as they were before --apply.']);
}

function restored<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof SettingsFileError) throw new UserError(`${shortPath(error.file)}: ${describeProblem(error)}`);
    throw error;
  }
}

function describeProblem(error: unknown): string {
  if (error instanceof SettingsTextError) {
    const key = error.path.join('.');
    if (error.code === 'not_json')
      return 'it is not valid JSON, so Claude Code does not read it; comments and trailing commas are not allowed.';
    return error.code === 'twice' ? `it has ${key} twice.` : `${key} in it has a type that Claude Code does not know.`;
  }
  if (!(error instanceof SettingsFileError)) throw error;
  const reason = error.reason === null ? '' : ` (${error.reason})`;
  switch (error.code) {
    case 'changed':
      return 'another program has changed it in the meantime; try again.';
    case 'not_a_file':
      return 'it is not a file.';
    case 'not_text':
      return 'it is not UTF-8 text.';
    case 'unreadable':
      return `it cannot be read${reason}.`;
    case 'unwritable':
      return `it cannot be written${reason}.`;
  }
}

const NO_TERMINAL = '--apply asks before it writes, and there is no terminal. Nothing was written: add --yes.';

function shortPath(file: string): string {
  const home = findHome(process.env);
  return home !== null && file.startsWith(home + sep) ? join('~', file.slice(home.length)) : file;
}
