import type { Argv } from 'yargs';
import { UserError } from '../../base/errors.js';
import { diffSegments } from '../../history/diff-segments.js';
import { segmentsOf } from '../../history/segments.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import { openReader, type Reader, type RequestDetail } from '../../store/index.js';
import { writeOut } from '../../text/output/stdout.js';
import { describeDiff, diffToJson, type RequestDiff } from '../../text/reports/diff.js';
import type { OptionsOf } from '../command-file.js';
import { warnIfDamaged, warnIfOutdated } from '../warnings.js';

export function options(yargs: Argv) {
  return yargs
    .usage(
      'claude-trace diff <id> [<id>] [options]\n\n' +
        'What changed between two requests, by source, and why the cache missed. ' +
        'With one id: since the request before it in its thread.',
    )
    .positional('id', {
      type: 'string',
      demandOption: true,
      describe: 'an id or the beginning of one, or last: the newest request',
    })
    .positional('other', {
      type: 'string',
      describe: 'the later request; without it, the first is compared with the one before it',
    })
    .option('json', { type: 'boolean', default: false, describe: 'as JSON, with the texts whole' })
    .example('claude-trace diff last', 'what is new since the request before it, and why the cache missed');
}

type Args = OptionsOf<typeof options>;

export async function run(args: Args): Promise<void> {
  const paths = resolvePaths(process.env);
  const { prices } = await loadConfig(paths.configFile);
  const reader = openReader(paths.database);
  try {
    const [from, to] = findBoth(reader, args);
    for (const request of [from, to]) {
      warnIfOutdated(request);
      warnIfDamaged(request);
    }
    const changes = diffSegments(segmentsOf(reader, from, prices), segmentsOf(reader, to, prices));
    const diff: RequestDiff = { from, to, changes };
    const width = process.stdout.columns ?? Number.POSITIVE_INFINITY;
    return await writeOut(
      args.json ? `${JSON.stringify(diffToJson(diff), null, 2)}\n` : `${describeDiff(diff, width).join('\n')}\n`,
    );
  } finally {
    reader.close();
  }
}

function findBoth(reader: Reader, { id, other }: Args): [from: RequestDetail, to: RequestDetail] {
  const first = conversation(reader, id);
  if (other !== undefined) return [first, conversation(reader, other)];
  if (first.previous_id !== null) return [conversation(reader, first.previous_id), first];
  throw new UserError(
    first.purpose === null
      ? `It is not known which request stood before ${first.id}: run \`claude-trace reattribute\`, or give two ids.`
      : `${first.id} is the first request of its thread (${first.purpose}): give two ids to compare it with another.`,
  );
}

function conversation(reader: Reader, id: string): RequestDetail {
  const request = reader.request(id);
  if (request.kind === 'messages') return request;
  throw new UserError(`${request.id} carries no context to compare: it is of kind ${request.kind}.`);
}
