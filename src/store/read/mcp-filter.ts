import type { RunId } from '../../model/ids.js';
import { FAILED_MCP_STATES, MCP_CALL_STATES, type McpCallState, type McpForm } from '../../model/mcp.js';
import { InvalidFilterError } from '../errors.js';
import { sqlList } from '../sql-list.js';
import { directoryGlob, globOf, OF_RULE, OF_TAG, REQUESTS_OF_AGENT, RUNS_IN } from './filter.js';
import type { Rows } from './hours.js';

/** All conditions must hold. Globs support only `*` and are case-sensitive. */
export interface McpFilter {
  /** Unix ms: calls sent at or after, and connections that were open then. */
  since?: number | undefined;
  /** Unix ms: before. */
  until?: number | undefined;
  sessionId?: string | undefined;
  runId?: RunId | undefined;
  /** As in RequestFilter. */
  project?: string | undefined;
  /** As in RequestFilter: calls that an agent made. */
  agent?: string | undefined;
  /** Glob over the names of servers. */
  server?: string | undefined;
}

export interface McpCallFilter extends McpFilter {
  /** Glob over the names of tools and prompts, and over the URIs of resources. */
  tool?: string | undefined;
  /** A state, or `error`: those that count as failed. */
  state?: McpCallState | 'error' | undefined;
  form?: McpForm | undefined;
  /** Whether a rule or a replay had a part in it. Default: both. */
  altered?: boolean | undefined;
  /** Glob over the ids of rules: one was applied to the request or the answer. */
  rule?: string | undefined;
  /** Glob over the tags of rules: one was given to the request or the answer. */
  tag?: string | undefined;
  /** Calls that this API request's answer made, or whose results it carried first: its whole id. */
  requestId?: string | undefined;
}

const FAILED_CALLS = sqlList(FAILED_MCP_STATES);

export type Condition = readonly [sql: string, ...values: (string | number)[]];

/** A condition over `mcp_calls c`. @throws InvalidFilterError */
export function whereOfCalls(filter: McpCallFilter): Rows {
  const { since, until, sessionId, agent, tool, state, form, altered, rule, tag, requestId } = filter;
  const conditions: Condition[] = [];
  // A unary plus: all calls are walked in the order of the figures' index, or from the newest.
  if (since !== undefined) conditions.push(['+c.sent_at >= ?', since]);
  if (until !== undefined) conditions.push(['+c.sent_at < ?', until]);
  if (sessionId !== undefined) conditions.push([`coalesce(c.session_id, ${SESSION_OF_CONNECTION}) = ?`, sessionId]);
  if (agent !== undefined)
    conditions.push([`coalesce(c.called_by, c.carried_by) IN (${REQUESTS_OF_AGENT})`, globOf(agent), agent]);
  if (tool !== undefined) conditions.push(['c.name GLOB ?', globOf(tool)]);
  if (state === 'error') conditions.push([`c.state IN ${FAILED_CALLS}`]);
  else if (state !== undefined) conditions.push(['c.state = ?', checkedState(state)]);
  if (form !== undefined) conditions.push(['c.form = ?', form]);
  if (altered !== undefined) conditions.push(['c.altered = ?', Number(altered)]);
  if (rule !== undefined) conditions.push([withHit(OF_RULE), globOf(rule)]);
  if (tag !== undefined) conditions.push([withHit(OF_TAG), globOf(tag)]);
  if (requestId !== undefined) conditions.push([OF_REQUEST, requestId, requestId]);
  const servers = ofServer(filter);
  if (servers.length === 0) return joined(conditions);
  const { sql, parameters } = joined(servers);
  return joined([...conditions, [`c.connection IN (SELECT n FROM mcp_servers s WHERE ${sql})`, ...parameters]]);
}

/**
 * A condition over `mcp_servers s`: connections that match, those of which a call matches included.
 * @throws InvalidFilterError
 */
export function whereOfConnections(filter: McpFilter): Rows {
  const { since, until, sessionId, agent } = filter;
  const conditions: Condition[] = [];
  if (since !== undefined) conditions.push(['coalesce(s.ended_at >= ?, 1)', since]);
  if (until !== undefined) conditions.push(['s.started_at < ?', until]);
  const calls = whereOfCalls(filter);
  const withCall = `EXISTS (SELECT 1 FROM mcp_calls c WHERE c.connection = s.n AND ${calls.sql})`;
  if (agent !== undefined) conditions.push([withCall, ...calls.parameters]);
  else if (sessionId !== undefined)
    conditions.push([`s.session_id = ? OR ${withCall}`, sessionId, ...calls.parameters]);
  return joined([...conditions, ...ofServer(filter)]);
}

function ofServer({ runId, project, server }: McpFilter): Condition[] {
  const conditions: Condition[] = [];
  if (runId !== undefined) conditions.push(['s.run = (SELECT n FROM runs WHERE id = ?)', runId]);
  if (project !== undefined) conditions.push([`s.run IN (${RUNS_IN})`, directoryGlob(project)]);
  if (server !== undefined) conditions.push(['s.name GLOB ?', globOf(server)]);
  return conditions;
}

export function joined(conditions: readonly Condition[]): Rows {
  return {
    sql: conditions.map(([sql]) => `(${sql})`).join(' AND ') || '1',
    parameters: conditions.flatMap(([, ...values]) => values),
  };
}

/** A call does not know its session before an API request has carried its result. */
const SESSION_OF_CONNECTION = '(SELECT session_id FROM mcp_servers WHERE n = c.connection)';

const OF_REQUEST = `
  c.request IN (
    SELECT request FROM mcp_calls WHERE called_by = (SELECT n FROM captured_requests WHERE id = ?)
    UNION SELECT request FROM mcp_calls WHERE carried_by = (SELECT n FROM captured_requests WHERE id = ?)
  )`;

/** @param condition over `rule_hits h` */
function withHit(condition: string): string {
  return `EXISTS (SELECT 1 FROM rule_hits h WHERE h.message IN (c.request, c.answer) AND ${condition})`;
}

function checkedState(state: string): string {
  if (MCP_CALL_STATES.some((known) => known === state)) return state;
  throw new InvalidFilterError('state', `"${state}" is not one of ${MCP_CALL_STATES.join(', ')}, error`);
}
