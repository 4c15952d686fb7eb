import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import { compareSessions } from '../../history/session-comparison.js';
import { comparisonToJson, describeComparison } from '../../text/reports/session-comparison.js';
import type { OptionsOf } from '../command-file.js';
import { withReader } from '../database.js';
import { jsonOption } from '../options/shared-options.js';
import { outputWidth, printJson, printLines } from '../output.js';

export function options(yargs: Argv) {
  return jsonOption(
    yargs
      .usage(
        'claude-trace compare <session> <other-session> [options]\n\n' +
          'Shows two sessions side by side: requests, tokens, cost, cache and time, and what each group and source ' +
          'put into a request. Requests that retention has removed are included.',
      )
      .positional('session', { type: 'string', demandOption: true, describe: SESSION })
      .positional('other-session', { type: 'string', demandOption: true, describe: SESSION }),
    'as JSON, with every source',
  ).example('claude-trace compare 1a2b3c4d last', 'what is different in the latest session');
}

const SESSION = 'a session of Claude Code: its id or a prefix of it, its name, or last';

export async function run(args: OptionsOf<typeof options>): Promise<void> {
  await withReader(false, (reader) => {
    const [first, second] = [reader.sessionId(args.session), reader.sessionId(args.otherSession)];
    if (first === second) throw new UsageError(`Both are the session ${first}: give two sessions.`);
    const comparison = compareSessions(reader, first, second);
    if (args.json) return printJson(comparisonToJson(comparison));
    return printLines(describeComparison(comparison, outputWidth(), new Date()));
  });
}
