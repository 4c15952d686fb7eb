import type { Argv } from 'yargs';
import { advise } from '../../advice/index.js';
import { ATTRIBUTION_VERSION } from '../../attribution/index.js';
import { openReader } from '../../store/index.js';
import type { OptionsOf } from '../command-file.js';
import { gatherEvidence } from '../evidence.js';
import { withSession } from '../filter-options.js';
import { describeAdvice } from '../format/advice.js';
import { describeSourceUses } from '../format/source-uses.js';
import { resolvePaths } from '../paths.js';
import { writeOut } from '../stdout.js';
import { parseTimeArgument } from '../time-argument.js';

export function options(yargs: Argv) {
  return yargs
    .usage(
      'claude-trace suggest [options]\n\n' +
        'What to leave out of requests, what that would have saved, and the setting of Claude Code that does it.\n' +
        'It changes no setting itself.',
    )
    .option('since', { type: 'string', describe: 'from this time: ISO 8601, or an age such as 2h, 7d' })
    .option('until', { type: 'string', describe: 'up to this time' })
    .option('session', {
      type: 'string',
      describe: 'over one session of Claude Code: its id, the beginning of it, or last',
    })
    .option('json', { type: 'boolean', default: false, describe: 'as JSON, with every source and every finding' });
}

type Args = OptionsOf<typeof options>;

export async function run({ since, until, session, json }: Args): Promise<void> {
  const now = Date.now();
  const asked = {
    version: ATTRIBUTION_VERSION,
    since: since === undefined ? undefined : parseTimeArgument(since, 'since', now),
    until: until === undefined ? undefined : parseTimeArgument(until, 'until', now),
    sessionId: session,
  };
  const reader = openReader(resolvePaths(process.env).database);
  try {
    const evidence = gatherEvidence(reader, withSession(asked, reader));
    const { uses } = evidence;
    const advice = advise(evidence);
    if (json) return await writeOut(`${JSON.stringify({ ...uses, ...advice }, null, 2)}\n`);
    const width = process.stdout.columns ?? Number.POSITIVE_INFINITY;
    const lines = describeSourceUses(uses, width);
    if (uses.requests > 0) lines.push('', ...describeAdvice(advice, width));
    return await writeOut(`${lines.join('\n')}\n`);
  } finally {
    reader.close();
  }
}
