import type { RequestOutcome } from './facts.js';
import type { Refusal } from './request.js';

/** Error codes of JSON-RPC, and those that MCP servers use over HTTP. */
export const RPC = {
  parse: -32700,
  invalidRequest: -32600,
  internal: -32603,
  refused: -32000,
  sessionNotFound: -32001,
  /** Code of 2026-07-28. */
  headerMismatch: -32020,
} as const;

/** Retry-After of answers that say that there is no room. */
export const RETRY_S = 5;

/** An answer in place of upstream's. @param message shown to the client, so it reveals nothing internal */
export function refusal(
  status: number,
  code: number,
  message: string,
  more: { outcome?: RequestOutcome; headers?: Readonly<Record<string, string>>; fact?: Refusal['fact'] } = {},
): Refusal {
  const { outcome = 'refused', headers = {}, fact = null } = more;
  return { status, headers, body: { error: { code, message } }, outcome, fact };
}

/** Clients initialize again. The same for the sessions of others, so that it reveals nothing about them. */
export function sessionNotFound(): Refusal {
  return refusal(404, RPC.sessionNotFound, 'Session not found');
}
