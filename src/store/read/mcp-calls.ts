import type { McpForm } from '../../model/mcp.js';
import type { McpCallDetail, McpCallRow, McpDeliveryRow } from '../../model/mcp-rows.js';
import type { ContentReader } from '../content/content-reader.js';
import { DamagedContentError } from '../errors.js';
import { findMcpCall } from '../rows/find.js';
import type { Database } from '../sqlite.js';
import type { Page } from './filter.js';
import { type McpCallFilter, whereOfCalls } from './mcp-filter.js';
import { readMcpConnection, readMcpMessage } from './mcp-messages.js';

interface StoredCall
  extends Omit<McpCallRow, 'sentAt' | 'altered' | 'hits' | 'delivery'>,
    Omit<McpDeliveryRow, 'form' | 'isError'> {
  sentAt: number;
  altered: number;
  hits: string;
  form: McpForm | null;
  isError: number;
}

/** JSON. Most calls have none, and the index says so. */
const HITS = `(
    SELECT json_group_array(json_object('rule', rule, 'action', action, 'detail', detail) ORDER BY message, place)
    FROM rule_hits WHERE message IN (c.request, c.answer)
  )`;

const CALLS = `
  SELECT
    'mcpc_' || substr(m.id, ${'mcpm_'.length + 1}) AS id, s.id AS connectionId, run.id AS runId,
    coalesce(c.session_id, s.session_id) AS sessionId, s.name AS server, c.method, c.name, c.tool_use_id AS toolUseId, c.state,
    c.sent_at AS sentAt, c.first_progress_at - c.sent_at AS firstProgressMs, c.answered_at - c.sent_at AS latencyMs,
    c.result_bytes AS bytesSaid, c.tokens_said AS tokensSaid, c.altered, ${HITS} AS hits, calling.id AS calledBy, carrying.id AS carriedBy, c.form,
    c.bytes_got AS bytesGot, c.tokens_got AS tokensGot, c.is_error AS isError
  FROM mcp_calls c
  CROSS JOIN mcp_servers s ON s.n = c.connection
  CROSS JOIN mcp_messages m ON m.n = c.request
  CROSS JOIN runs run ON run.n = s.run
  LEFT JOIN captured_requests calling ON calling.n = c.called_by
  LEFT JOIN captured_requests carrying ON carrying.n = c.carried_by`;

/** The newest first. @throws InvalidFilterError */
export function listMcpCalls(db: Database, filter: McpCallFilter, page: Page): McpCallRow[] {
  const { sql, parameters } = whereOfCalls(filter);
  return db
    .prepare<(string | number)[], StoredCall>(
      `${CALLS} WHERE ${sql} ORDER BY c.sent_at DESC, c.request DESC LIMIT ? OFFSET ?`,
    )
    .all(...parameters, page.limit, page.offset)
    .map(callRow);
}

/** Those of the calls that are stored, in any order. */
export function mcpCallRows(db: Database, ids: readonly string[]): McpCallRow[] {
  if (ids.length === 0) return [];
  const messages = ids.map((id) => id.replace('mcpc_', 'mcpm_'));
  return db
    .prepare<[string], StoredCall>(`${CALLS} WHERE m.id IN (SELECT value FROM json_each(?))`)
    .all(JSON.stringify(messages))
    .map(callRow);
}

/** @throws InvalidFilterError */
export function countMcpCalls(db: Database, filter: McpCallFilter): number {
  const { sql, parameters } = whereOfCalls(filter);
  const count = db.prepare<(string | number)[], number>(`SELECT count(*) FROM mcp_calls c WHERE ${sql}`);
  return count.pluck().get(...parameters) ?? 0;
}

function callRow(stored: StoredCall): McpCallRow {
  const { sentAt, altered, hits, calledBy, carriedBy, form, bytesGot, tokensGot, isError, ...call } = stored;
  return {
    ...call,
    sentAt: new Date(sentAt),
    altered: altered === 1,
    hits: JSON.parse(hits),
    delivery: form === null ? null : { calledBy, carriedBy, form, bytesGot, tokensGot, isError: isError === 1 },
  };
}

/**
 * @param given the id of a call, the beginning of it, the id of its tool use, or `last`
 * @throws NotFoundError, AmbiguousIdError
 */
export function readMcpCall(db: Database, content: ContentReader, given: string): McpCallDetail {
  const { request, answer, connection } = findMcpCall(db, given);
  const call = db.prepare<[number], StoredCall>(`${CALLS} WHERE c.request = ?`).get(request);
  const row = readMcpConnection(db, connection);
  if (call === undefined || row === undefined) throw new DamagedContentError('MCP call');
  return {
    ...callRow(call),
    connection: row,
    request: readMcpMessage(db, content, request),
    answer: answer === null ? null : readMcpMessage(db, content, answer),
  };
}
