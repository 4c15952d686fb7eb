import type { Argv } from 'yargs';
import { ATTRIBUTION_VERSION } from '../../attribution/index.js';
import { openReader } from '../../store/index.js';
import type { OptionsOf } from '../command-file.js';
import { describeSourceUses } from '../format/source-uses.js';
import { resolvePaths } from '../paths.js';
import { writeOut } from '../stdout.js';
import { parseTimeArgument } from '../time-argument.js';

export function options(yargs: Argv) {
  return yargs
    .usage(
      'claude-trace suggest [options]\n\n' +
        'What each source has cost, and so what dropping it would have saved: how much of that was paid without use,\n' +
        'and how often it was listed, loaded and called.',
    )
    .option('since', { type: 'string', describe: 'from this time: ISO 8601, or an age such as 2h, 7d' })
    .option('until', { type: 'string', describe: 'up to this time' })
    .option('session', { type: 'string', describe: 'over one session of Claude Code' })
    .option('json', { type: 'boolean', default: false, describe: 'as JSON, with every source' });
}

type Args = OptionsOf<typeof options>;

export async function run({ since, until, session, json }: Args): Promise<void> {
  const now = Date.now();
  const filter = {
    version: ATTRIBUTION_VERSION,
    since: since === undefined ? undefined : parseTimeArgument(since, 'since', now),
    until: until === undefined ? undefined : parseTimeArgument(until, 'until', now),
    sessionId: session,
  };
  const reader = openReader(resolvePaths(process.env).database);
  try {
    const uses = reader.sourceUses(filter);
    if (json) return await writeOut(`${JSON.stringify(uses, null, 2)}\n`);
    const width = process.stdout.columns ?? Number.POSITIVE_INFINITY;
    return await writeOut(`${describeSourceUses(uses, width).join('\n')}\n`);
  } finally {
    reader.close();
  }
}
