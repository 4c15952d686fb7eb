import type { Argv } from 'yargs';
import { UserError } from '../../base/errors.js';
import { diffSegments } from '../../history/diff-segments.js';
import { segmentsOf } from '../../history/segments.js';
import type { RequestDetail } from '../../model/request.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import { NotFoundError, type Reader } from '../../store/index.js';
import { describeDiff, diffToJson, type RequestDiff } from '../../text/reports/diff.js';
import type { OptionsOf } from '../command-file.js';
import { withReader } from '../database.js';
import { idPositional, jsonOption, MAX_ROWS } from '../options/shared-options.js';
import { outputWidth, printJson, printLines } from '../output.js';
import { warnIfDamaged, warnIfOutdated } from '../warnings.js';

export function options(yargs: Argv) {
  return jsonOption(
    idPositional(
      yargs.usage(
        'claude-trace diff <id> [other] [options]\n\n' +
          'Shows what changed between two requests, by source, and why the cache missed. ' +
          'With one id, it compares that request with the one before it in its thread.',
      ),
    ).positional('other', {
      type: 'string',
      describe: 'the later request; without it, id is compared with the request before it',
    }),
    'as JSON, with the full texts',
  ).example('claude-trace diff last', 'what is new in the last request, and why the cache missed');
}

type Args = OptionsOf<typeof options>;

export async function run(args: Args): Promise<void> {
  const { prices } = await loadConfig(resolvePaths(process.env).configFile);
  await withReader(false, (reader) => {
    const [from, to] = findBoth(reader, args);
    for (const request of [from, to]) {
      warnIfOutdated(request);
      warnIfDamaged(request);
    }
    const changes = diffSegments(segmentsOf(reader, from, prices), segmentsOf(reader, to, prices));
    const calls = reader
      .mcpCalls({ requestId: to.id }, { limit: MAX_ROWS })
      .filter(({ delivery }) => delivery?.carriedBy === to.id);
    const diff: RequestDiff = { from, to, changes, calls };
    return args.json ? printJson(diffToJson(diff)) : printLines(describeDiff(diff, outputWidth()));
  });
}

function findBoth(reader: Reader, { id, other }: Args): [from: RequestDetail, to: RequestDetail] {
  const first = findMessages(reader, id);
  if (other !== undefined) return [first, findMessages(reader, other)];
  if (first.previousId !== null) return [findPrevious(reader, first, first.previousId), first];
  throw new UserError(
    first.purpose === null
      ? `The request before ${first.id} is not known: run \`claude-trace reattribute\`, or give two ids.`
      : `${first.id} is the first request of its thread (${first.purpose}): give two ids to compare it with another.`,
  );
}

function findPrevious(reader: Reader, { id }: RequestDetail, previousId: string): RequestDetail {
  try {
    return findMessages(reader, previousId);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    throw new UserError(
      `The request before ${id} is no longer stored: give two ids to compare it with another request.`,
      { cause: error },
    );
  }
}

function findMessages(reader: Reader, id: string): RequestDetail {
  const request = reader.request(id);
  if (request.kind === 'messages') return request;
  throw new UserError(`${request.id} has no context to compare: its kind is ${request.kind}.`);
}
