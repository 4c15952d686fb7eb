import type { Argv } from 'yargs';
import type { PriceOverrides } from '../../attribution/index.js';
import { UsageError, UserError } from '../../base/errors.js';
import { matchesGlob } from '../../base/glob.js';
import { toJsonRow } from '../../base/json-row.js';
import { toCurl } from '../../export/to-curl.js';
import { type SegmentWithText, segmentsOf, segmentToJson } from '../../history/segments.js';
import { similarTo } from '../../history/unknown-names.js';
import type { RequestDetail } from '../../model/request.js';
import { groupTotals } from '../../model/source-group.js';
import { unmatchedIn } from '../../model/unmatched.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import type { Reader } from '../../store/index.js';
import { notify } from '../../text/output/stderr.js';
import { writeOut } from '../../text/output/stdout.js';
import { describeCallsOfRequest } from '../../text/reports/mcp-tables.js';
import { describeRequest, describeUnmatched } from '../../text/reports/request-detail.js';
import { describeSegment } from '../../text/reports/segment.js';
import { describeShares } from '../../text/reports/shares.js';
import { describeRuleHits } from '../../text/rule-hits.js';
import { describeUnknown } from '../../text/unknown-name.js';
import type { OptionsOf } from '../command-file.js';
import { withReader } from '../database.js';
import { idPositional, jsonOption, MAX_ROWS } from '../options/shared-options.js';
import { outputWidth, printJson, printLines } from '../output.js';
import { warnIfDamaged, warnIfOutdated } from '../warnings.js';

export function options(yargs: Argv) {
  return jsonOption(idPositional(yargs.usage('claude-trace show <id|last> [options]\n\nShows one request in full.')))
    .option('all', { type: 'boolean', default: false, describe: 'every source and part, not only groups' })
    .option('segments', { type: 'boolean', default: false, describe: 'every segment with its source and text' })
    .option('source', { type: 'string', describe: 'only segments of this source: mcp:serena, skill:*' })
    .option('request-body', { type: 'boolean', default: false, describe: 'the exact bytes that were sent' })
    .option('response-body', { type: 'boolean', default: false, describe: 'the exact bytes that were received' })
    .option('curl', { type: 'boolean', default: false, describe: 'as a curl command, without its secrets' })
    .example('claude-trace show last', 'the last request')
    .example('claude-trace show last --all', 'with every source')
    .example("claude-trace show last --segments --source 'mcp:*'", 'what MCP servers put into it')
    .example('claude-trace show last --request-body | jq .tools', 'a part of the exact body');
}

export async function run(args: OptionsOf<typeof options>): Promise<void> {
  const formats = [args.requestBody, args.responseBody, args.curl, args.json].filter(Boolean);
  if (formats.length > 1) throw new UsageError('Give only one of --json, --request-body, --response-body, --curl.');
  if (args.source !== undefined && !args.segments && !args.json) {
    throw new UsageError('--source filters segments: give --segments or --json with it.');
  }
  const { prices } = await loadConfig(resolvePaths(process.env).configFile);
  await withReader(false, async (reader) => {
    if (args.requestBody) return writeOut(reader.requestBody(args.id));
    if (args.responseBody) return writeOut(responseBody(reader, args.id));
    const request = reader.request(args.id);
    warnIfDamaged(request);
    if (args.curl && request.origin === 'transcript') {
      throw new UserError('--curl: this request comes from a transcript, which does not say where it was sent.');
    }
    if (args.curl) return printLines([toCurl(request)]);
    const segments = args.segments || args.json ? matchingSegments(reader, request, args.source, prices) : [];
    const shares = reader.shares(request.id);
    const calls = reader.mcpCalls({ requestId: request.id }, { limit: MAX_ROWS });
    const hits = reader.requestHits(request.id);
    if (args.json)
      return printJson({
        ...toJson(request, segments, unmatchedIn(shares).tokens),
        mcp_calls: toJsonRow(calls),
        rule_hits: toJsonRow(hits),
      });
    await printLines([
      ...describeRequest(request),
      '',
      ...describeShares(shares, outputWidth(), args.all),
      ...describeUnmatched(shares),
      ...describeRuleHits(hits),
      ...describeCallsOfRequest(
        'MCP calls of its answer, and those whose results it was the first to carry:',
        calls,
        outputWidth(),
      ),
      ...segments.flatMap(describeSegment),
    ]);
  });
}

/** Reads the body first: damage elsewhere in the request must not hide it. */
function responseBody(reader: Reader, id: string): Uint8Array {
  const bytes = reader.responseBody(id);
  if (bytes) return bytes;
  const request = reader.request(id);
  throw new UserError(`${request.id} has no response: ${request.error ?? 'it is still open'}.`);
}

function matchingSegments(
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

/** The fields of `query --json` and all that a single request adds; segments have their text. */
function toJson(
  { solution: _inTheSegments, ...request }: RequestDetail,
  segments: readonly SegmentWithText[],
  unmatchedTokens: number,
) {
  return {
    ...toJsonRow({ ...request, thread: null }),
    // Some of its keys are ids.
    thread: request.thread,
    groups: toJsonRow(
      groupTotals(request.sources).map(({ sources, ...total }) => ({ ...total, sources: sources.length })),
    ),
    segments: segments.map(segmentToJson),
    unmatched_tokens: unmatchedTokens,
  };
}
