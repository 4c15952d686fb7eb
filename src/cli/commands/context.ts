import type { Argv } from 'yargs';
import { UsageError, UserError } from '../../base/errors.js';
import { contextPlaces, readContextPoints, sampledPlaces } from '../../history/context-growth.js';
import type { ConversationFilter, Reader } from '../../store/index.js';
import { writeOut } from '../../text/output/stdout.js';
import { type ContextReport, contextToJson, describeContext } from '../../text/reports/context.js';
import { contextSvg } from '../../text/reports/context-svg.js';
import type { OptionsOf } from '../command-file.js';
import { withReader } from '../database.js';
import { jsonOption, MAX_ROWS, notEmpty, sessionPositional, wholeNumber } from '../options/shared-options.js';
import { outputWidth, printJson, printLines } from '../output.js';

export function options(yargs: Argv) {
  return jsonOption(
    sessionPositional(
      yargs.usage(
        'claude-trace context [session] [options]\n\n' +
          'Shows how the context of a conversation fills up: a bar for each request, by group of sources, with the limit of ' +
          'the window, compactions, and cache misses with what they cost.',
      ),
    ),
    'every request, as JSON',
  )
    .option('thread', { type: 'string', describe: 'the thread of this request, instead of the main conversation' })
    .option('agent', { type: 'string', describe: 'the latest conversation of this agent: its name, or its id' })
    .option('svg', { type: 'boolean', default: false, describe: 'as a picture, one SVG file, on stdout' })
    .option('limit', { type: 'number', describe: 'maximum number of bars  [default: 40 as text, 300 as a picture]' })
    .example('claude-trace context', 'what fills the context of the latest session')
    .example('claude-trace context --svg > context.svg', 'the same as a picture')
    .example("claude-trace context last --json | jq '.requests[-1].groups'", 'the groups of the last request');
}

type Args = OptionsOf<typeof options>;

export async function run(args: Args): Promise<void> {
  const { json, svg, thread, agent, session } = args;
  if (json && svg) throw new UsageError('Give only one of --json, --svg.');
  if (json && args.limit !== undefined) throw new UsageError('--json has every request; leave out --limit.');
  const chosen = [thread, agent, session].filter((each) => each !== undefined);
  if (chosen.length > 1) throw new UsageError('Give only one of a session, --thread, --agent.');
  notEmpty('thread', thread);
  notEmpty('agent', agent);
  const limit = wholeNumber('limit', args.limit ?? (svg ? 300 : 40), 2, MAX_ROWS);
  await withReader(json, async (reader) => {
    const report = readReport(reader, args, json ? null : limit);
    if (json) return printJson(contextToJson(report));
    if (svg) return writeOut(contextSvg(report));
    await printLines(describeContext(report, outputWidth(), new Date()));
  });
}

/** @param limit maximum number of points; null for all */
function readReport(reader: Reader, args: Args, limit: number | null): ContextReport {
  const { filter, ...subject } = findConversation(reader, args);
  const places = contextPlaces(reader.conversation(filter));
  return {
    ...subject,
    points: readContextPoints(reader, limit === null ? places : sampledPlaces(places, limit)),
    total: places.length,
    maxTokens: Math.max(0, ...places.map(({ inputTokens }) => inputTokens ?? 0)),
    agents: subject.sessionId === null ? [] : reader.agents(subject.sessionId),
  };
}

interface Found extends Pick<ContextReport, 'sessionId' | 'agentId' | 'threadId'> {
  filter: ConversationFilter;
}

function findConversation(reader: Reader, { session, thread, agent }: Args): Found {
  if (agent !== undefined) {
    const [request] = reader.page({ agent }, { limit: 1 });
    if (request === undefined) throw new UserError(`No request of an agent "${agent}" was captured.`);
    const { sessionId, agentId, threadId } = request;
    if (agentId !== null) return { filter: { agentId }, sessionId, agentId, threadId: null };
    return { filter: { sessionId, threadId: threadId ?? request.id }, sessionId, agentId, threadId };
  }
  if (thread !== undefined) {
    const { id, sessionId, agentId, threadId } = reader.request(thread);
    if (threadId === null) throw new UserError(`The thread of ${id} is not known: run \`claude-trace reattribute\`.`);
    return { filter: { sessionId, threadId }, sessionId, agentId, threadId };
  }
  const sessionId =
    session === undefined ? (reader.sessions({}, { limit: 1 }).rows[0]?.id ?? null) : reader.sessionId(session);
  return { filter: { sessionId }, sessionId, agentId: null, threadId: null };
}
