import { hash } from 'node:crypto';
import type { RequestSummary } from '../../model/request.js';

/** A span of a trace, as plain data. Times in unix milliseconds. */
export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId: string | null;
  name: string;
  /** client: a call over the network; internal: work of the traced program itself. */
  kind: 'client' | 'internal';
  start: number;
  end: number;
  attributes: Attributes;
  /** The span of the previous request in its thread. */
  follows: string | null;
  /** Null when all went well; else what happened, which can be empty. */
  failure: string | null;
}

export type Attributes = Record<string, string | number | boolean | string[] | number[]>;

/** Leaves out unknown attributes: OpenTelemetry has no null. */
export function known(attributes: Record<string, Attributes[string] | null | undefined>): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, Attributes[string]] => entry[1] != null),
  );
}

/*
 * Ids are hashes of what is exported, so that a second export gives the same spans and a collector recognizes them.
 * Lengths as in W3C Trace Context: 16 and 8 bytes, in hex.
 */

/** A session is a trace; without one a thread is, or the request alone. */
export function traceIdOf({ sessionId, threadId, id }: Pick<RequestSummary, 'sessionId' | 'threadId' | 'id'>): string {
  return hash('sha256', `claude-trace trace ${sessionId ?? threadId ?? id}`).slice(0, 32);
}

export function requestSpanId(requestId: string): string {
  return hash('sha256', `claude-trace request ${requestId}`).slice(0, 16);
}

/** The id of a tool call: all that a subagent knows of the call that started it is the id of its `tool_use` block. */
export function callSpanId(traceId: string, toolUseId: string): string {
  return hash('sha256', `claude-trace call ${traceId} ${toolUseId}`).slice(0, 16);
}
