import type { Argv } from 'yargs';
import { advise, compareSessions } from '../../advice/index.js';
import { readEvidence } from '../../advice/read-evidence.js';
import { readSessions } from '../../advice/read-sessions.js';
import { ATTRIBUTION_VERSION } from '../../attribution/index.js';
import { UsageError } from '../../base/errors.js';
import { toJsonRow } from '../../base/json-row.js';
import type { Reader, SourceUseFilter } from '../../store/index.js';
import { describeAdvice } from '../../text/reports/advice.js';
import { describeIncomparable, describeSessionCheck } from '../../text/reports/session-check.js';
import { describeSourceUses } from '../../text/reports/source-uses.js';
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
          'Says what to leave out of requests, what that would have saved, and which setting of Claude Code does it. ' +
          'It changes no setting. After you have changed one, --check says what the next session saved.',
      ),
    ).option('check', {
      type: 'boolean',
      default: false,
      describe: 'compare the last session (or --session) with the one before it in the same project',
    }),
    'as JSON, with every source and every finding',
  )
    .example('claude-trace suggest --since 7d', 'advice from the last week')
    .example('claude-trace suggest --check', 'what the last change of settings saved');
}

export async function run(args: OptionsOf<typeof options>): Promise<void> {
  const givenFilter = { ...toPeriod(args, Date.now()), version: ATTRIBUTION_VERSION };
  if (args.check && (args.since ?? args.until ?? args.project ?? args.agent) !== undefined) {
    throw new UsageError(
      '--check compares two sessions: leave out --since, --until, --project and --agent, or choose a session with --session.',
    );
  }
  await withReader(args.json, (reader) => {
    const filter = withSession(givenFilter, reader);
    return args.check ? check(reader, filter.sessionId, args.json) : suggest(reader, filter, args.json);
  });
}

function suggest(reader: Reader, filter: SourceUseFilter, json: boolean): Promise<void> {
  const evidence = readEvidence(reader, filter);
  const { uses } = evidence;
  const advice = advise(evidence);
  if (json) return printJson(toJsonRow({ ...uses, ...advice }));
  const lines = describeSourceUses(uses, outputWidth());
  if (uses.requests > 0) lines.push('', ...describeAdvice(advice, outputWidth()));
  return printLines(lines);
}

function check(reader: Reader, sessionId: string | undefined, json: boolean): Promise<void> {
  const sessions = readSessions(reader, ATTRIBUTION_VERSION, sessionId);
  const result = 'problem' in sessions ? sessions : compareSessions(sessions.before, sessions.after);
  if (json) return printJson(toJsonRow(result));
  return printLines('problem' in result ? [describeIncomparable(result)] : describeSessionCheck(result, outputWidth()));
}
