import type { Argv } from 'yargs';
import { advise, compareSessions } from '../../advice/index.js';
import { readEvidence } from '../../advice/read-evidence.js';
import { readSessions } from '../../advice/read-sessions.js';
import { ATTRIBUTION_VERSION } from '../../attribution/index.js';
import { UsageError } from '../../base/errors.js';
import { resolvePaths } from '../../settings/paths.js';
import type { Reader, SourceUseFilter } from '../../store/index.js';
import { writeOut } from '../../text/output/stdout.js';
import { describeAdvice } from '../../text/reports/advice.js';
import { describeIncomparable, describeSessionCheck } from '../../text/reports/session-check.js';
import { describeSourceUses } from '../../text/reports/source-uses.js';
import type { OptionsOf } from '../command-file.js';
import { periodOptions, toPeriod, withSession } from '../options/filter-options.js';
import { openForLists } from '../options/open-lists.js';

export function options(yargs: Argv) {
  return periodOptions(
    yargs.usage(
      'claude-trace suggest [options]\n\n' +
        'What to leave out of requests, what that would have saved, and the setting of Claude Code that does it. ' +
        'It changes no setting itself: after you have, --check says what the next session saved.',
    ),
  )
    .option('check', {
      type: 'boolean',
      default: false,
      describe: 'compare the last session (or --session) with the one before it in the same project',
    })
    .option('json', { type: 'boolean', default: false, describe: 'as JSON, with every source and every finding' })
    .example('claude-trace suggest --since 7d', 'what the last week says')
    .example('claude-trace suggest --check', 'what the last change of settings saved');
}

type Args = OptionsOf<typeof options>;

export async function run(args: Args): Promise<void> {
  const asked = { ...toPeriod(args, Date.now()), version: ATTRIBUTION_VERSION };
  if (args.check && (args.since ?? args.until) !== undefined) {
    throw new UsageError(
      '--check compares two sessions, not a time: leave out --since and --until, or choose one with --session.',
    );
  }
  const reader = openForLists(resolvePaths(process.env).database, args.json);
  const width = process.stdout.columns ?? Number.POSITIVE_INFINITY;
  try {
    const filter = withSession(asked, reader);
    await (args.check ? check(reader, filter.sessionId, args.json, width) : suggest(reader, filter, args.json, width));
  } finally {
    reader.close();
  }
}

async function suggest(reader: Reader, filter: SourceUseFilter, json: boolean, width: number): Promise<void> {
  const evidence = readEvidence(reader, filter);
  const { uses } = evidence;
  const advice = advise(evidence);
  if (json) return await writeOut(`${JSON.stringify({ ...uses, ...advice }, null, 2)}\n`);
  const lines = describeSourceUses(uses, width);
  if (uses.requests > 0) lines.push('', ...describeAdvice(advice, width));
  await writeOut(`${lines.join('\n')}\n`);
}

async function check(reader: Reader, sessionId: string | undefined, json: boolean, width: number): Promise<void> {
  const sessions = readSessions(reader, ATTRIBUTION_VERSION, sessionId);
  const result = 'problem' in sessions ? sessions : compareSessions(sessions.before, sessions.after);
  if (json) return await writeOut(`${JSON.stringify(result, null, 2)}\n`);
  const lines = 'problem' in result ? [describeIncomparable(result)] : describeSessionCheck(result, width);
  await writeOut(`${lines.join('\n')}\n`);
}
