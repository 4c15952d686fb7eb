import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { describeError } from '../../base/error-text.js';
import { UsageError } from '../../base/errors.js';
import { toJsonRow } from '../../base/json-row.js';
import {
  checkTape,
  compressTape,
  deleteTape,
  nameOfTape,
  readTape,
  removeLeftovers,
  repairTape,
  TapeError,
  type TapeErrorCode,
  tagTape,
} from '../../mcp/tape/index.js';
import { describeTapes } from '../../text/reports/tapes.js';
import { printableLine } from '../../text/text.js';
import { counted, formatBytes, formatDuration } from '../../text/units.js';
import { ask } from '../ask.js';
import { parseTimeArgument } from '../options/time-argument.js';
import { outputWidth, printJson, printLines } from '../output.js';
import { givenTape, matchingTapes } from './given-tape.js';
import type { Given } from './options.js';

/** One tape of `validate`. */
interface Verdict {
  file: string;
  valid: boolean;
  /** It has an end. */
  complete: boolean;
  frames: number | null;
  durationMs: number | null;
  line: number | null;
  byte: number | null;
  problem: string | null;
  advice: string | null;
  /** What --fix did. */
  fixed: { frames: number; dropped: number; newId: string | null; backup: string } | null;
}

const REPAIR = 'claude-trace tape validate --fix keeps what can be read.';

const ADVICE: Readonly<Partial<Record<TapeErrorCode, string>>> = {
  format: 'claude-trace tape import reads tapes of Shadowcat; nothing else is a tape.',
  version: 'Update claude-trace.',
  head: 'Correct the first line; docs/tape-format.md describes it.',
  frame: REPAIR,
  end: REPAIR,
  size: REPAIR,
  gzip: REPAIR,
  checksum: 'If you changed it yourself, claude-trace tape validate --fix writes a new end; if not, get it again.',
  changed: 'Try again.',
};

export async function validate({ args, words, folder }: Given): Promise<void> {
  const verdicts: Verdict[] = [];
  for (const word of words) {
    const file = await givenTape(folder, word);
    verdicts.push(await judge(file, args.fix));
  }
  if (verdicts.some(({ valid, fixed }) => !valid && fixed === null)) process.exitCode = 1;
  if (args.json) return printJson(toJsonRow(verdicts));
  await printLines(verdicts.flatMap(describeVerdict));
}

async function judge(file: string, isFixing: boolean): Promise<Verdict> {
  const verdict: Verdict = {
    file,
    valid: true,
    complete: false,
    frames: null,
    durationMs: null,
    line: null,
    byte: null,
    problem: null,
    advice: null,
    fixed: null,
  };
  try {
    const { frames, durationMs, end, isCut } = await checkTape(file);
    Object.assign(verdict, { frames, durationMs, complete: end !== null });
    if (isCut) verdict.problem = 'the last line is cut off';
  } catch (error) {
    if (!(error instanceof TapeError)) throw error;
    const { line, byte, problem, code } = error;
    Object.assign(verdict, { valid: false, line, byte, problem, advice: ADVICE[code] ?? null });
  }
  if (!isFixing || verdict.complete) return verdict;
  try {
    const { backup, frames, dropped, newId } = await repairTape(file);
    return backup === null ? verdict : { ...verdict, fixed: { frames, dropped, newId, backup } };
  } catch (error) {
    if (!(error instanceof TapeError)) throw error;
    return { ...verdict, advice: ADVICE[error.code === 'format' ? 'format' : 'head'] ?? null };
  }
}

function describeVerdict(verdict: Verdict): string[] {
  const { file, valid, complete, frames, durationMs, line, byte, problem, advice, fixed } = verdict;
  const extent = `${counted(frames ?? 0, 'frame')}, ${formatDuration(durationMs)}`;
  const state = complete
    ? `valid, ${extent}`
    : valid
      ? `partial, ${extent}: it has no end${problem === null ? '' : `, and ${problem}`}. It replays as far as it goes.`
      : `damaged: line ${line}, byte ${byte}: ${problem}.${fixed === null && advice !== null ? ` ${advice}` : ''}`;
  const repair =
    fixed === null
      ? []
      : [
          `  fixed: ${counted(fixed.frames, 'frame')} kept, ${counted(fixed.dropped, 'line')} left out` +
            `${fixed.newId === null ? '' : `, new id ${fixed.newId}`}. The file as it was: ${fixed.backup}`,
        ];
  return [`${file}: ${state}`, ...repair].map(printableLine);
}

export async function compress({ args, words, folder }: Given): Promise<void> {
  const results: { file: string; before: number; after: number }[] = [];
  for (const word of words) {
    const file = await givenTape(folder, word);
    const before = (await stat(file)).size;
    const compressed = await compressTape(file);
    results.push({ file: compressed, before, after: (await stat(compressed)).size });
  }
  if (args.json) return printJson(toJsonRow(results));
  await printLines(
    results.map(({ file, before, after }) => printableLine(`${file}: ${formatBytes(before)} → ${formatBytes(after)}`)),
  );
}

/** One visible word, which cannot change how the text around it is shown. */
const TAG = /^[^\p{C}\p{Z},]{1,64}$/u;

export async function changeTag({ args, words, folder }: Given): Promise<void> {
  const [name = '', ...tags] = words;
  const wrong = tags.find((tag) => !TAG.test(tag));
  if (wrong !== undefined && !args.remove) {
    throw new UsageError(`${JSON.stringify(wrong)} is not a tag: give 1 to 64 characters without blanks and commas.`);
  }
  const file = await givenTape(folder, name);
  const now = await tagTape(file, args.remove ? [] : tags, args.remove ? tags : []);
  if (args.json) return printJson({ file, tags: now });
  await printLines([printableLine(`${file}: ${now.length === 0 ? 'no tags' : now.join(', ')}`)]);
}

export async function remove({ args, words, folder }: Given): Promise<void> {
  const files: string[] = [];
  for (const word of words) files.push(await deletable(folder, word));
  await deleteAll([...new Set(files)], args);
}

/** Outside of the library, only what is a tape is deleted. @throws UserError */
async function deletable(folder: string, name: string): Promise<string> {
  const file = await givenTape(folder, name);
  if (resolve(dirname(file)) !== resolve(folder)) await readTape(file);
  return file;
}

export async function cleanUp({ args, folder, filter }: Given): Promise<void> {
  const now = Date.now();
  const before = parseTimeArgument(args.olderThan ?? '', 'older-than', now);
  if (before > now)
    throw new UsageError(`--older-than: "${args.olderThan}" is in the future: every tape is older than that.`);
  await removeLeftovers(folder, now);
  const until = Math.min(before, filter.until ?? before);
  const { tapes } = await matchingTapes({ folder, filter: { ...filter, until } });
  if (tapes.length > 0 && !args.json && !args.yes) {
    await printLines([...describeTapes(tapes, tapes.length, [], outputWidth(), new Date()), '']);
  }
  await deleteAll(
    tapes.map(({ file }) => file),
    args,
  );
}

async function deleteAll(files: readonly string[], { yes, json, action }: Given['args']): Promise<void> {
  const nothing = (...lines: string[]) => (json ? printJson({ deleted: [] }) : printLines(lines));
  if (files.length === 0) return nothing('There is nothing to delete.');
  const names = files.length === 1 ? nameOfTape(basename(files[0] ?? '')) : counted(files.length, 'tape');
  const without = `tape ${action} asks before it deletes, and there is no terminal. Nothing was deleted: add --yes.`;
  const answer = yes ? 'yes' : await ask(`Delete ${printableLine(names)}?`, without);
  if (answer !== 'yes') return nothing(...(answer === 'ended' ? [''] : []), 'Nothing was deleted.');
  const deleted: string[] = [];
  const problems: string[] = [];
  for (const file of files) {
    try {
      if (await deleteTape(file)) deleted.push(file);
      else problems.push(`${file} was already deleted.`);
    } catch (error) {
      process.exitCode = 1;
      problems.push(describeError(error));
    }
  }
  if (json) return printJson({ deleted, problems });
  await printLines([...deleted.map((file) => `Deleted ${file}`), ...problems].map(printableLine));
}
