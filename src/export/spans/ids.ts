import { hash } from 'node:crypto';
import type { RequestRow } from '../../store/index.js';

/**
 * Ids made from what is exported, so that exporting again gives the same spans and a collector can tell that it has them.
 * Lengths as W3C Trace Context has them: 16 bytes and 8 bytes, in hex.
 */

/** A session is a trace; without one, a thread is, or the request alone. */
export function traceIdOf({ session_id, thread_id, id }: RequestRow): string {
  return hash('sha256', `claude-trace trace ${session_id ?? thread_id ?? id}`).slice(0, 32);
}

export function requestSpanId(requestId: string): string {
  return hash('sha256', `claude-trace request ${requestId}`).slice(0, 16);
}

/** Of the call that a `tool_use` block asks for: a subagent knows the id of the one that started it, and nothing more. */
export function callSpanId(traceId: string, toolUseId: string): string {
  return hash('sha256', `claude-trace call ${traceId} ${toolUseId}`).slice(0, 16);
}
