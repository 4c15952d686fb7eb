import type { Argv } from 'yargs';
import { ATTRIBUTION_VERSION } from '../../attribution/index.js';
import { formatDollars } from '../../format/units.js';
import { roundDollars } from '../../model/dollars.js';
import { openReader, openStore, type ReplayFilter } from '../../store/index.js';
import { createAttributor } from '../attributor.js';
import type { OptionsOf } from '../command-file.js';
import { loadConfig } from '../config-file.js';
import { withSession } from '../filter-options.js';
import { resolvePaths } from '../paths.js';
import { createProgress } from '../progress.js';
import { type Reattributed, reattribute } from '../reattribute.js';
import { notify } from '../stderr.js';
import { writeOut } from '../stdout.js';
import { parseTimeArgument } from '../time-argument.js';

export function options(yargs: Argv) {
  return yargs
    .usage(
      'claude-trace reattribute [options]\n\n' +
        'Attributes stored requests again: those of an older version, and the sessions that they belong to.\n' +
        'It can be ended at any time, and started again.',
    )
    .option('session', {
      type: 'string',
      describe: 'only this session of Claude Code: its id, the beginning of it, or last',
    })
    .option('since', { type: 'string', describe: 'only requests from this time: ISO 8601, or an age such as 2h, 7d' })
    .option('all', {
      type: 'boolean',
      default: false,
      describe: 'also those of this version: prices have changed, say',
    })
    .option('json', { type: 'boolean', default: false, describe: 'as JSON' });
}

type Args = OptionsOf<typeof options>;

export async function run(args: Args): Promise<void> {
  const asked = toFilter(args);
  const paths = resolvePaths(process.env);
  const { prices } = await loadConfig(paths.configFile);
  const reader = openReader(paths.database);
  try {
    const plan = reader.replay(withSession(asked, reader));
    const store = openStore(paths.database);
    const attributor = createAttributor({
      prices,
      onFailure: (message) => notify(`some requests could not be attributed and stay as they were: ${message}.`),
    });
    const progress = createProgress('attributing again', plan.sessions.flat().length);
    try {
      const result = reattribute(reader, store, attributor, plan, progress.show);
      progress.end();
      await writeOut(args.json ? `${JSON.stringify(toJson(result), null, 2)}\n` : `${describe(result)}\n`);
    } finally {
      progress.end();
      store.close();
    }
  } finally {
    reader.close();
  }
}

function toFilter({ session, since, all }: Args): ReplayFilter {
  return {
    version: ATTRIBUTION_VERSION,
    all,
    sessionId: session,
    since: since === undefined ? undefined : parseTimeArgument(since, 'since', Date.now()),
  };
}

function toJson(result: Reattributed) {
  return {
    attributed: result.attributed,
    left_alone: result.leftAlone,
    left_alone_severed: result.severed,
    failed: result.failed,
    cost_before_usd: roundDollars(result.costBefore),
    cost_after_usd: roundDollars(result.costAfter),
  };
}

function describe({ attributed, leftAlone, severed, failed, costBefore, costAfter }: Reattributed): string {
  const parts = [
    `${attributed} ${attributed === 1 ? 'request' : 'requests'} attributed again`,
    `${leftAlone} left alone${severed === 0 ? '' : ` (${severed} since what came before them is no longer stored)`}`,
    failed > 0 ? `${failed} could not be read` : null,
    costBefore === null && costAfter === null
      ? null
      : `cost ${dollarsOrUnknown(costBefore)} → ${dollarsOrUnknown(costAfter)}`,
  ];
  return `${parts.filter((part) => part !== null).join(', ')}.`;
}

function dollarsOrUnknown(dollars: number | null): string {
  return dollars === null ? 'unknown' : formatDollars(dollars);
}
