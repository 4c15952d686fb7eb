import type { Argv } from 'yargs';
import type { PriceOverrides } from '../../attribution/index.js';
import { UsageError, UserError } from '../../base/errors.js';
import { matchesGlob } from '../../base/glob.js';
import { toCurl } from '../../export/to-curl.js';
import { type SegmentWithText, segmentsOf, segmentToJson } from '../../history/segments.js';
import { similarTo } from '../../history/unknown-names.js';
import { unmatchedIn } from '../../model/unmatched.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import { openReader, type Reader, type RequestDetail } from '../../store/index.js';
import { notify } from '../../text/output/stderr.js';
import { writeOut } from '../../text/output/stdout.js';
import { describeRequest, describeShares, describeUnmatched } from '../../text/reports/request-detail.js';
import { describeSegment } from '../../text/reports/segment.js';
import { describeUnknown } from '../../text/unknown-name.js';
import type { OptionsOf } from '../command-file.js';
import { warnIfDamaged, warnIfOutdated } from '../warnings.js';

export function options(yargs: Argv) {
  return yargs
    .usage('claude-trace show <id|last> [options]\n\nOne request, whole.')
    .positional('id', {
      type: 'string',
      demandOption: true,
      describe: 'an id or the beginning of one, or last: the newest request',
    })
    .option('json', { type: 'boolean', default: false, describe: 'as JSON' })
    .option('segments', { type: 'boolean', default: false, describe: 'every segment with its source and text' })
    .option('source', { type: 'string', describe: 'only segments of this source: mcp:serena, skill:*' })
    .option('request-body', { type: 'boolean', default: false, describe: 'the exact bytes that were sent' })
    .option('response-body', { type: 'boolean', default: false, describe: 'the exact bytes that came back' })
    .option('curl', { type: 'boolean', default: false, describe: 'as a curl command, without its secrets' })
    .example('claude-trace show last', 'the last request')
    .example("claude-trace show last --segments --source 'mcp:*'", 'what MCP servers put into it')
    .example('claude-trace show last --request-body | jq .tools', 'the exact body');
}

type Args = OptionsOf<typeof options>;

export async function run(args: Args): Promise<void> {
  const chosen = [args.requestBody, args.responseBody, args.curl, args.json].filter(Boolean);
  if (chosen.length > 1) throw new UsageError('Give only one of --json, --request-body, --response-body, --curl.');
  if (args.source !== undefined && !args.segments && !args.json) {
    throw new UsageError('--source chooses among the segments: give --segments or --json with it.');
  }
  const paths = resolvePaths(process.env);
  const { prices } = await loadConfig(paths.configFile);
  const reader = openReader(paths.database);
  try {
    if (args.requestBody) return await writeOut(reader.requestBody(args.id));
    if (args.responseBody) return await writeOut(responseBody(reader, args.id));
    const request = reader.request(args.id);
    warnIfDamaged(request);
    if (args.curl) return await writeOut(`${toCurl(request)}\n`);
    const segments = args.segments || args.json ? chosenSegments(reader, request, args.source, prices) : [];
    const shares = reader.shares(request.id);
    if (args.json) {
      const json = { ...toJson(request, segments), unmatched_tokens: unmatchedIn(shares).tokens };
      return await writeOut(`${JSON.stringify(json, null, 2)}\n`);
    }
    const table = describeShares(shares, process.stdout.columns ?? Number.POSITIVE_INFINITY);
    const unmatched = describeUnmatched(shares);
    const lines = [...describeRequest(request), '', ...table, ...unmatched, ...segments.flatMap(describeSegment)];
    return await writeOut(`${lines.join('\n')}\n`);
  } finally {
    reader.close();
  }
}

/** Bodies hang on nothing else that is stored of a request, so that damage there does not hide them. */
function responseBody(reader: Reader, id: string): Uint8Array {
  const bytes = reader.responseBody(id);
  if (bytes) return bytes;
  const request = reader.request(id);
  throw new UserError(`${request.id} has no response: ${request.error ?? 'it is still open'}.`);
}

function chosenSegments(
  reader: Reader,
  request: RequestDetail,
  source: string | undefined,
  prices: PriceOverrides,
): SegmentWithText[] {
  warnIfOutdated(request);
  const segments = segmentsOf(reader, request, prices);
  if (source === undefined) return segments;
  const similar = similarTo(
    source,
    segments.map(({ segment }) => segment.source),
  );
  if (similar !== null) notify(`In this request: ${describeUnknown('source', source, similar)}`);
  return segments.filter(({ segment }) => matchesGlob(source, segment.source));
}

/** Scripts get the fields of `query --json` and all that one request adds; segments carry their text. */
function toJson({ solution: _inTheSegments, ...request }: RequestDetail, segments: readonly SegmentWithText[]) {
  return { ...request, segments: segments.map(segmentToJson) };
}
