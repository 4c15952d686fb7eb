import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Argv } from 'yargs';
import { codeOf, describeError, systemReason } from '../../base/error-text.js';
import { UserError } from '../../base/errors.js';
import { createRedactor } from '../../capture/index.js';
import { createAttributor } from '../../history/attributor.js';
import { readMeasurements, readSessionHistory } from '../../history/session-history.js';
import { roundDollars } from '../../model/dollars.js';
import { UNRECORDED } from '../../model/source.js';
import { type Imported, importTranscripts } from '../../runtime/import/import-transcripts.js';
import { findTranscripts } from '../../runtime/import/transcript-files.js';
import { claudeFolder } from '../../settings/claude/index.js';
import { loadConfig } from '../../settings/config-file.js';
import { customHeaders } from '../../settings/custom-headers.js';
import { resolvePaths } from '../../settings/paths.js';
import { loadRedactionKey } from '../../settings/redaction-key.js';
import { BYTES_PER_MB } from '../../settings/retention.js';
import { VERSION } from '../../settings/version.js';
import { openStore, type TranscriptFile } from '../../store/index.js';
import { createProgress } from '../../text/output/progress.js';
import { notify } from '../../text/output/stderr.js';
import { counted, formatDollars, formatTokens } from '../../text/units.js';
import type { OptionsOf } from '../command-file.js';
import { catchInterrupt, EXIT_INTERRUPTED } from '../interrupt.js';
import { jsonOption, notEmptyWord } from '../options/shared-options.js';
import { printJson, printLines } from '../output.js';

const BUSY_TIMEOUT_MS = 5_000;

export function options(yargs: Argv) {
  return jsonOption(
    yargs
      .usage(
        'claude-trace import [path]\n\n' +
          'Imports past sessions from the transcripts that Claude Code keeps. They have the conversation and the bill of each ' +
          'request, but no response times. Transcripts of older versions lack the system prompt and tool definitions. ' +
          'Requests that are stored already are not changed, so an import can be interrupted at any time, and repeated.',
      )
      .positional('path', {
        type: 'string',
        describe: 'a transcript, or a folder of transcripts; default: those of Claude Code',
      }),
  )
    .example('claude-trace import', 'everything that Claude Code has kept')
    .example('claude-trace query --origin transcript', 'what came from transcripts');
}

type Args = OptionsOf<typeof options>;

export async function run({ path: given, json }: Args): Promise<void> {
  const path = notEmptyWord('path', given);
  const paths = resolvePaths(process.env);
  const { prices } = await loadConfig(paths.configFile);
  const ownFolder = join(claudeFolder(process.env), 'projects');
  const unreadable: Imported['unreadable'] = [];
  const files = path === undefined && !existsSync(ownFolder) ? [] : await findFiles(path ?? ownFolder, unreadable);
  const store = openStore(paths.database);
  const redactor = createRedactor(
    loadRedactionKey(paths.redactionKey),
    customHeaders([process.env.ANTHROPIC_CUSTOM_HEADERS]),
  );
  for (const secret of [process.env.ANTHROPIC_API_KEY, process.env.ANTHROPIC_AUTH_TOKEN]) redactor.learn(secret ?? '');
  const resumed = new Set<string>();
  const attributor = createAttributor({
    prices,
    onFailure: (error) =>
      notify(
        `Some requests could not be attributed: ${describeError(error)}. \`claude-trace reattribute\` tries again.`,
      ),
    measurements: (model) => readMeasurements(paths.database, model, BUSY_TIMEOUT_MS),
    history: (sessionId, onDamaged) =>
      resumed.has(sessionId) ? readSessionHistory(paths.database, sessionId, BUSY_TIMEOUT_MS, onDamaged) : [],
  });
  const megabytes = inMegabytes(files.reduce((sum, { size }) => sum + size, 0));
  const progress = createProgress('importing MB', Math.max(1, megabytes));
  const interrupt = catchInterrupt();
  try {
    const imported = await importTranscripts(files, {
      store,
      attributor,
      redactor,
      version: VERSION,
      cwd: process.cwd(),
      onResumed: (sessionId) => resumed.add(sessionId),
      onProgress: ({ bytes, requests }) => progress.show(inMegabytes(bytes), `, ${counted(requests, 'request')}`),
      signal: interrupt.signal,
    });
    progress.end();
    imported.unreadable.unshift(...unreadable);
    const isWhole = !interrupt.signal.aborted;
    if (!isWhole) process.exitCode = EXIT_INTERRUPTED;
    else if (imported.unreadable.length > 0 && imported.files + imported.unchanged === 0) process.exitCode = 1;
    await (json ? printJson(toJson(imported, isWhole)) : printLines(describe(imported, path ?? ownFolder, isWhole)));
  } finally {
    progress.end();
    interrupt.end();
    store.close();
  }
}

/** @param unreadable gets the folders that cannot be read */
async function findFiles(path: string, unreadable: Imported['unreadable']): Promise<TranscriptFile[]> {
  try {
    return await findTranscripts(path, (file, error) => unreadable.push({ file, error }));
  } catch (error) {
    if (codeOf(error) === null) throw error;
    if (codeOf(error) !== 'ENOENT') throw new UserError(`${path} cannot be read: ${systemReason(error)}.`);
    throw new UserError(`There is nothing at ${path}. Name the folder: claude-trace import <path>.`);
  }
}

function inMegabytes(bytes: number): number {
  return Math.round(bytes / BYTES_PER_MB);
}

function toJson(imported: Imported, isWhole: boolean) {
  return {
    complete: isWhole,
    files: imported.files,
    unchanged_files: imported.unchanged,
    requests: imported.requests,
    sessions: imported.sessions,
    known_requests: imported.known,
    input_tokens: imported.inputTokens,
    output_tokens: imported.outputTokens,
    cost_usd: roundDollars(imported.costUsd),
    unpriced_requests: imported.unpriced,
    unrecorded_requests: imported.unrecorded,
    growing_files: imported.growing,
    refused_requests: imported.refused,
    bad_lines: imported.badLines,
    named_bad_lines: imported.named.map(({ file, number, why }) => ({ file, line: number, why })),
    unreadable_files: imported.unreadable.map(({ file, error }) => ({ file, error: describeError(error) })),
  };
}

/** @param path where the transcripts are */
function describe(imported: Imported, path: string, isWhole: boolean): string[] {
  const { requests, sessions, known, unchanged, inputTokens, outputTokens, costUsd, unpriced, refused, growing } =
    imported;
  const figures = `${formatTokens(inputTokens)} tokens in, ${formatTokens(outputTokens)} out, ${formatDollars(costUsd)}`;
  const files = imported.files + unchanged;
  const nothingNew =
    files === 0 ? `No transcript was read at ${path}.` : `Nothing new in ${counted(files, 'transcript')}.`;
  const unknownPrice = unpriced === 0 ? '' : ` (without ${counted(unpriced, 'request')} of unknown price)`;
  return [
    requests === 0
      ? nothingNew
      : `Imported ${counted(requests, 'request')} of ${counted(sessions, 'session')}: ${figures}${unknownPrice}.`,
    ...(known === 0 ? [] : [`${counted(known, 'request')} already stored, captured or imported: not changed.`]),
    ...(unchanged === 0 ? [] : [`${counted(unchanged, 'transcript')} unchanged since the last import.`]),
    ...(growing === 0
      ? []
      : [`${counted(growing, 'transcript')} still in use: the last answer comes with a later import.`]),
    ...(refused === 0 ? [] : [`${counted(refused, 'request')} left out: the database refused them.`]),
    ...describeBadLines(imported),
    ...imported.unreadable.map(({ file, error }) => `Not read: ${file}: ${systemReason(error)}.`),
    ...(isWhole ? [] : ['Interrupted: what was imported is stored, and the next import goes on from there.']),
    ...(imported.unrecorded === 0 ? [] : [describeUnrecorded(imported.unrecorded)]),
  ];
}

function describeUnrecorded(count: number): string {
  return (
    `${counted(count, 'request')} without system prompt and tool definitions, which older versions of Claude Code do not ` +
    `write down: what the bill counts beyond the conversation is ${UNRECORDED}, and the other sources are estimates.`
  );
}

function describeBadLines({ badLines, named }: Imported): string[] {
  if (badLines === 0) return [];
  const lines = named.map(({ file, number, why }) => `  ${file}:${number}: ${why}`);
  const more = badLines - named.length;
  return [`${counted(badLines, 'line')} left out:`, ...lines, ...(more > 0 ? [`  … and ${more} more`] : [])];
}
