import type { Argv } from 'yargs';
import { advise, compareSessions } from '../../advice/index.js';
import { readEvidence } from '../../advice/read-evidence.js';
import { readSessions } from '../../advice/read-sessions.js';
import { ATTRIBUTION_VERSION } from '../../attribution/index.js';
import { UsageError } from '../../base/errors.js';
import { toJsonRow } from '../../base/json-row.js';
import type { Reader, SourceUseFilter } from '../../store/index.js';
import { adviceToJson } from '../../text/reports/advice/json.js';
import { describeAdvice } from '../../text/reports/advice/report.js';
import { describeIncomparable, describeSessionCheck } from '../../text/reports/session-check.js';
import { describeSourceUses } from '../../text/reports/source-uses.js';
import { applySettings, changesOf, undoSettings } from '../apply-settings.js';
import type { OptionsOf } from '../command-file.js';
import { withReader } from '../database.js';
import { periodOptions, toPeriod, withSession } from '../options/filter-options.js';
import { jsonOption } from '../options/shared-options.js';
import { outputWidth, printJson, printLines } from '../output.js';

export function options(yargs: Argv) {
  return jsonOption(
    periodOptions(
      yargs.usage(
        'claude-trace suggest [options]\n\n' +
          'Says what to leave out of requests, what that would have saved, and which settings of Claude Code do it. ' +
          '--apply asks, then writes these settings. --check says what the next session saved.',
      ),
    )
      .option('check', {
        type: 'boolean',
        default: false,
        describe: 'compare the last session (or --session) with the one before it in the same project',
      })
      .option('apply', {
        type: 'boolean',
        default: false,
        describe: 'show what the settings would change in each file, ask, and write them',
      })
      .option('yes', { type: 'boolean', default: false, describe: 'with --apply: do not ask' })
      .option('undo', { type: 'boolean', default: false, describe: 'restore the files that the last --apply changed' }),
    'as JSON, with every source and every finding',
  )
    .example('claude-trace suggest --since 7d', 'advice from the last week')
    .example('claude-trace suggest --apply', 'show the difference, ask, and write the settings')
    .example('claude-trace suggest --check', 'what the last change of settings saved');
}

export async function run(args: OptionsOf<typeof options>): Promise<void> {
  const givenFilter = { ...toPeriod(args, Date.now()), version: ATTRIBUTION_VERSION };
  if (args.check && (args.since ?? args.until ?? args.project ?? args.agent) !== undefined) {
    throw new UsageError(
      '--check compares two sessions: leave out --since, --until, --project and --agent, or choose a session with --session.',
    );
  }
  refuseTogether(args);
  if (args.undo) return undoSettings();
  await withReader(args.json, (reader) => {
    const filter = withSession(givenFilter, reader);
    return args.check ? check(reader, filter.sessionId, args.json) : suggest(reader, filter, args);
  });
}

/** @throws UsageError for options of which one makes another useless */
function refuseTogether(args: OptionsOf<typeof options>): void {
  const given = (['check', 'apply', 'undo'] as const).filter((name) => args[name]).map((name) => `--${name}`);
  if (given.length > 1) throw new UsageError(`${given.join(' and ')} exclude each other: give one of them.`);
  if (args.yes && !args.apply) throw new UsageError('--yes agrees to what --apply would write: add --apply.');
  if (args.json && (args.apply || args.undo)) {
    throw new UsageError(`--json is for advice, not for ${given.join('')}: leave out one of them.`);
  }
}

function suggest(
  reader: Reader,
  filter: SourceUseFilter,
  { json, apply, yes }: OptionsOf<typeof options>,
): Promise<void> {
  const evidence = readEvidence(reader, filter);
  const { uses } = evidence;
  const advice = advise(evidence);
  const changes = changesOf(advice, evidence.current);
  if (json) return printJson({ ...toJsonRow(uses), ...adviceToJson(advice, changes) });
  if (apply && advice.findings.length > 0) return applySettings(changes, yes);
  const lines = apply ? [] : describeSourceUses(uses, outputWidth());
  if (uses.requests > 0) lines.push(...(apply ? [] : ['']), ...describeAdvice(advice, changes, outputWidth()));
  return printLines(lines);
}

function check(reader: Reader, sessionId: string | undefined, json: boolean): Promise<void> {
  const sessions = readSessions(reader, ATTRIBUTION_VERSION, sessionId);
  const result = 'problem' in sessions ? sessions : compareSessions(sessions.before, sessions.after);
  if (json) return printJson(toJsonRow(result));
  return printLines('problem' in result ? [describeIncomparable(result)] : describeSessionCheck(result, outputWidth()));
}
