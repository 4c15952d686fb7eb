import { isRecord, type JsonRecord, stringOf } from '../../base/json.js';
import type { McpConnection, McpParty } from '../../model/mcp.js';
import { CLIENT_INFO, metaOf, protocolOf, SERVER_INFO } from '../../model/mcp-meta.js';
import type { OpenRequest } from './open-requests.js';
import type { RpcMessage } from './read-messages.js';

/** The facts about a connection in its messages. */
export type ConnectionFacts = Pick<McpConnection, 'era' | 'protocol' | 'client' | 'server' | 'readyAt'>;

export const NO_FACTS: ConnectionFacts = { era: null, protocol: null, client: null, server: null, readyAt: null };

const MAX_PARTY_LENGTH = 256;

/** Codes that only servers of 2026-07-28 use: HeaderMismatch, MissingRequiredClientCapability, UnsupportedProtocolVersion. */
export const MODERN_ERRORS: ReadonlySet<unknown> = new Set([-32020, -32021, -32022]);

/** The facts in the `_meta` of a request of 2026-07-28; null for older ones. */
export function modernOf(params: JsonRecord): OpenRequest['modern'] {
  const protocol = protocolOf(params);
  if (protocol === null) return null;
  return { protocol: protocol.slice(0, MAX_PARTY_LENGTH), client: partyOf(metaOf(params)[CLIENT_INFO]) };
}

/** Adds what `initialize` says about the client. */
export function factsOfRequest(facts: ConnectionFacts, method: string, params: JsonRecord): ConnectionFacts {
  if (method !== 'initialize') return facts;
  return { ...facts, client: partyOf(params.clientInfo) ?? facts.client };
}

/**
 * With what an answer of the server says. `initialize` opens a legacy connection. A modern one is ready with the first result of a
 * modern request; clients of both eras try one first, and a legacy server refuses it.
 */
export function factsOfAnswer(
  facts: ConnectionFacts,
  { method, modern }: Pick<OpenRequest, 'method' | 'modern'>,
  { kind, body }: RpcMessage,
  at: number,
): ConnectionFacts {
  const result = isRecord(body.result) ? body.result : {};
  if (kind === 'error') {
    const isModern = modern !== null && isRecord(body.error) && MODERN_ERRORS.has(body.error.code);
    return isModern && facts.era === null ? { ...facts, era: 'modern' } : facts;
  }
  if (method === 'initialize') {
    return {
      ...facts,
      era: 'legacy',
      protocol: stringOf(result.protocolVersion)?.slice(0, MAX_PARTY_LENGTH) ?? facts.protocol,
      server: partyOf(result.serverInfo) ?? facts.server,
      readyAt: facts.readyAt ?? at,
    };
  }
  if (modern === null || facts.era === 'legacy') return facts;
  const server = facts.server ?? partyOf(metaOf(result)[SERVER_INFO]);
  const isNews = facts.readyAt === null || facts.server !== server || facts.protocol !== modern.protocol;
  if (!isNews) return facts;
  return {
    era: 'modern',
    protocol: modern.protocol,
    client: modern.client ?? facts.client,
    server,
    readyAt: facts.readyAt ?? at,
  };
}

function partyOf(info: unknown): McpParty | null {
  const name = isRecord(info) ? stringOf(info.name) : null;
  if (!isRecord(info) || name === null) return null;
  return {
    name: name.slice(0, MAX_PARTY_LENGTH),
    version: stringOf(info.version)?.slice(0, MAX_PARTY_LENGTH) ?? null,
  };
}
