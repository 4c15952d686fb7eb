import type { Argv } from 'yargs';
import { gatherEvidence } from '../../advice/gather-evidence.js';
import { advise } from '../../advice/index.js';
import { ATTRIBUTION_VERSION } from '../../attribution/index.js';
import type { OptionsOf } from '../command-file.js';
import { periodOptions, toPeriod, withSession } from '../filter-options.js';
import { describeAdvice } from '../format/advice.js';
import { describeSourceUses } from '../format/source-uses.js';
import { openForLists } from '../open-lists.js';
import { resolvePaths } from '../paths.js';
import { writeOut } from '../stdout.js';

export function options(yargs: Argv) {
  return periodOptions(
    yargs.usage(
      'claude-trace suggest [options]\n\n' +
        'What to leave out of requests, what that would have saved, and the setting of Claude Code that does it. ' +
        'It changes no setting itself.',
    ),
  )
    .option('json', { type: 'boolean', default: false, describe: 'as JSON, with every source and every finding' })
    .example('claude-trace suggest --since 7d', 'what the last week says');
}

type Args = OptionsOf<typeof options>;

export async function run(args: Args): Promise<void> {
  const asked = { ...toPeriod(args, Date.now()), version: ATTRIBUTION_VERSION };
  const reader = openForLists(resolvePaths(process.env).database, args.json);
  try {
    const evidence = gatherEvidence(reader, withSession(asked, reader));
    const { uses } = evidence;
    const advice = advise(evidence);
    if (args.json) return await writeOut(`${JSON.stringify({ ...uses, ...advice }, null, 2)}\n`);
    const width = process.stdout.columns ?? Number.POSITIVE_INFINITY;
    const lines = describeSourceUses(uses, width);
    if (uses.requests > 0) lines.push('', ...describeAdvice(advice, width));
    return await writeOut(`${lines.join('\n')}\n`);
  } finally {
    reader.close();
  }
}
