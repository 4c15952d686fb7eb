import { mapStrings } from '../../base/map-strings.js';
import { RecentMap } from '../../base/recent-map.js';
import { formOf } from '../../mcp/messages/result-form.js';
import { correlationOf } from '../../model/ids.js';
import type { McpCall, McpConnection, McpConnectionId, McpDefinition } from '../../model/mcp.js';
import { mcpSource, mcpToolName } from '../../model/mcp-names.js';
import type { McpWrite } from '../../model/mcp-write.js';
import type { AttributedBody } from '../attributor.js';
import { type DeliveredDefinition, mcpDefinitionsIn } from './delivered-definitions.js';
import { type DeliveredResult, isMcpCall, newMcpResults } from './delivered-results.js';
import { createKeptCalls, type KnownCall, serverAnswer } from './kept-calls.js';

/** Joins what MCP servers say with the API requests that carry it to the model. */
export interface McpJoin {
  /** To be called with everything that is recorded of MCP, in its order. @returns what is known of results now */
  see(writes: readonly McpWrite[]): McpWrite[];
  /** To be called with each exchange that was attributed. @returns what the model got for the first time */
  join(exchange: AttributedBody): McpWrite[];
}

export interface McpJoinOptions {
  /** The calls that are not in memory, as they are stored. Calls that are not stored are left out. */
  storedCalls(toolUseIds: readonly string[]): ReadonlyMap<string, KnownCall>;
  /** A text of an API request without what counts as a secret only in the messages of one server. Default: nothing does. */
  withoutSecretsOf?(connection: McpConnection, text: string): string;
}

/** Memory for answers that no API request has carried yet. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** Results that were delivered before their call was seen to end: its messages come another way. */
const MAX_EARLY = 20;
const MAX_CALLS = 10_000;
const MAX_CONNECTIONS = 1_000;
const MAX_DEFINITIONS = 10_000;

/** A result that an API request has carried. */
interface Carried extends DeliveredResult {
  calledBy: string | null;
  carriedBy: string;
}

export function createMcpJoin({ storedCalls, withoutSecretsOf = (_, text) => text }: McpJoinOptions): McpJoin {
  const calls = createKeptCalls(MAX_ANSWER_BYTES);
  const connections = new RecentMap<McpConnectionId, McpConnection>(MAX_CONNECTIONS);
  /** Those that no API request has carried yet, by their names there. */
  const definitions = new RecentMap<string, McpDefinition>(MAX_DEFINITIONS);
  /** Exchanges by the tool use ids of their answers. */
  const callers = new RecentMap<string, string>(MAX_CALLS);
  const delivered = new RecentMap<string, true>(MAX_CALLS);
  const early = new RecentMap<string, Carried>(MAX_EARLY);

  function deliver(result: Carried, call: KnownCall | undefined): McpWrite[] {
    const { toolUseId, calledBy, carriedBy, content, bytes, tokens, isError } = result;
    const answer = call === undefined ? null : serverAnswer(call);
    if (answer === null) {
      early.set(toolUseId, result);
      return [];
    }
    early.delete(toolUseId);
    calls.delete(toolUseId);
    delivered.set(toolUseId, true);
    const form = formOf(answer, comparable(content, call));
    const delivery = { toolUseId, calledBy, carriedBy, form, bytesGot: bytes, tokensGot: tokens, isError };
    return [{ type: 'delivery', delivery }];
  }

  /** A result whose message lost secrets is compared without them. */
  function comparable(content: unknown, call: KnownCall | undefined): unknown {
    const connection = call?.answer?.redacted ? connections.get(call.answer.connectionId) : undefined;
    return connection === undefined ? content : mapStrings(content, (text) => withoutSecretsOf(connection, text));
  }

  function seeCall({ toolUseId, state, answer }: McpCall, writes: readonly McpWrite[]): McpWrite[] {
    if (toolUseId === null || delivered.get(toolUseId)) return [];
    const message = writes.find((write) => write.type === 'message' && write.message.id === answer);
    const call = { state, answer: message?.type === 'message' ? message.message : null };
    calls.set(toolUseId, call);
    const result = early.get(toolUseId);
    return result === undefined ? [] : deliver(result, call);
  }

  function resultsIn({ request, body, segments }: AttributedBody): McpWrite[] {
    const results = newMcpResults(body, segments).filter(({ toolUseId }) => !delivered.get(toolUseId));
    const unseen = results.filter(({ toolUseId }) => calls.get(toolUseId) === undefined);
    const stored = unseen.length === 0 ? null : storedCalls(unseen.map(({ toolUseId }) => toolUseId));
    return results.flatMap((result) => {
      const { toolUseId } = result;
      const carried = { ...result, calledBy: callers.get(toolUseId) ?? null, carriedBy: correlationOf(request.id) };
      return deliver(carried, calls.get(toolUseId) ?? stored?.get(toolUseId));
    });
  }

  function definitionsIn({ request, body, segments }: AttributedBody): McpWrite[] {
    const carried = mcpDefinitionsIn(body, segments, (name) => definitions.get(name) !== undefined);
    return carried.flatMap((one): McpWrite[] => {
      const definition = definitions.get(one.name);
      if (definition === undefined) return [];
      definitions.delete(one.name);
      const write = { ...definition, bytesGot: bytesGot(definition, one) };
      return [...nameSession(definition.connectionId, request.sessionId), { type: 'definition', definition: write }];
    });
  }

  /** Versions before 2.1.197, and HTTP, do not say the session of a connection. */
  function nameSession(id: McpConnectionId, sessionId: string | null): McpWrite[] {
    const connection = connections.get(id);
    if (connection === undefined || connection.sessionId !== null || sessionId === null) return [];
    const named = { ...connection, sessionId };
    connections.set(id, named);
    return [{ type: 'connection', connection: named }];
  }

  return {
    see: (writes) =>
      writes.flatMap((write) => {
        if (write.type === 'connection') {
          const sessionId = write.connection.sessionId ?? connections.get(write.connection.id)?.sessionId ?? null;
          connections.set(write.connection.id, { ...write.connection, sessionId });
        } else if (write.type === 'definition') {
          const server = connections.get(write.definition.connectionId)?.name;
          if (server !== undefined) definitions.set(nameInRequests(server, write.definition), write.definition);
        } else if (write.type === 'call') {
          return seeCall(write.call, writes);
        }
        return [];
      }),

    join(exchange) {
      const { request, response } = exchange;
      for (const block of response.message?.content ?? [])
        if (isMcpCall(block) && typeof block.id === 'string') callers.set(block.id, correlationOf(request.id));
      // A refused request, such as of an overloaded API, has not reached the model: it is sent again.
      const reachedModel = response.status === 200 || response.usage !== null;
      return reachedModel ? [...resultsIn(exchange), ...definitionsIn(exchange)] : [];
    },
  };
}

function nameInRequests(server: string, { kind, name }: McpDefinition): string {
  return kind === 'instructions' ? mcpSource(server) : mcpToolName(server, name);
}

/** Blanks at the ends of a text that Claude Code takes off, bytes. */
const MAX_TRIMMED = 16;

/** A text that is not shortened is whole although it lost its last line end, or a secret was replaced in it. */
function bytesGot({ bytesSaid }: McpDefinition, { bytes, shortened }: DeliveredDefinition): number {
  return !shortened && Math.abs(bytesSaid - bytes) <= MAX_TRIMMED ? bytesSaid : bytes;
}
