import type { RequestId } from '../../model/ids.js';
import { CONVERSATIONS, type Purpose } from '../../model/purpose.js';
import type { Continuation } from '../../model/thread.js';
import { sqlList } from '../sql-list.js';
import type { Database } from '../sqlite.js';

/** Which conversation: the main one of a session, or that of one thread, or of one agent. */
export type ConversationFilter =
  | { sessionId: string | null }
  | { sessionId: string | null; threadId: string }
  | { agentId: string };

/** A request of a conversation, or the compaction of its messages. */
export interface ConversationRequest {
  id: RequestId;
  purpose: Purpose;
  continuation: Continuation | null;
  /** Billed input; an estimate where nothing was billed. */
  inputTokens: number | null;
  costUsd: number | null;
  /** Tokens that a cache miss billed again; null without one. */
  lostTokens: number | null;
}

/**
 * The requests of a conversation as far as they were attributed, the oldest first, with the compactions among them. A request
 * that is still open is not included: attribution says which conversation it belongs to.
 */
export function listConversation(db: Database, filter: ConversationFilter): ConversationRequest[] {
  const where = conditionOf(filter);
  return db
    .prepare<string[], ConversationRequest>(`
      SELECT r.id, t.purpose, t.continuation, p.input_tokens AS inputTokens, p.cost_usd AS costUsd,
        c.lost_tokens AS lostTokens
      FROM captured_requests r
      JOIN thread_places t ON t.request = r.n
      JOIN captured_responses p ON p.request = r.n
      LEFT JOIN cache_misses c ON c.request = r.n
      WHERE r.kind = 'messages' AND ${where.sql}
      ORDER BY r.initiated, r.n`)
    .all(...where.parameters);
}

const OF_CONVERSATIONS = `t.purpose IN ${sqlList([...CONVERSATIONS, 'compaction'])}`;
const SESSION = 'r.session = (SELECT n FROM sessions WHERE id = ?)';

function conditionOf(filter: ConversationFilter): { sql: string; parameters: string[] } {
  if ('agentId' in filter) {
    return {
      sql: `r.agent_id = ? AND ${OF_CONVERSATIONS}`,
      parameters: [filter.agentId],
    };
  }
  const { sessionId } = filter;
  const ofSession = sessionId === null ? 'r.session IS NULL' : SESSION;
  const ids = sessionId === null ? [] : [sessionId];
  if ('threadId' in filter) {
    return {
      sql: `${ofSession} AND t.thread = ? AND ${OF_CONVERSATIONS}`,
      parameters: [...ids, filter.threadId],
    };
  }
  return {
    sql: `${ofSession} AND (t.purpose = 'main' OR (t.purpose = 'compaction' AND r.agent_id IS NULL))`,
    parameters: ids,
  };
}

/** The conversation of an agent. */
export interface AgentConversation {
  agentId: string;
  requests: number;
  /** The largest input of its requests; null if unknown. */
  maxInputTokens: number | null;
}

/** The agents of a session that had a conversation of their own, in the order in which they began. */
export function listAgents(db: Database, sessionId: string): AgentConversation[] {
  return db
    .prepare<[string], AgentConversation>(`
      SELECT r.agent_id AS agentId, count(*) AS requests, max(p.input_tokens) AS maxInputTokens
      FROM captured_requests r
      JOIN thread_places t ON t.request = r.n
      JOIN captured_responses p ON p.request = r.n
      WHERE ${SESSION} AND r.agent_id IS NOT NULL AND t.purpose = 'subagent'
      GROUP BY r.agent_id ORDER BY min(r.n)`)
    .all(sessionId);
}
