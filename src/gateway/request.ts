import type { IncomingHttpHeaders } from 'node:http';
import type { RpcMessage } from '../mcp/messages/index.js';
import type { Route } from './config/route-schema.js';
import type { GatewayFact, RequestOutcome, TraceContext } from './facts.js';

/** The client, as authentication has identified it. */
export interface Identity {
  subject: string;
  scopes: readonly string[];
  claims: Readonly<Record<string, unknown>>;
  by: 'jwt' | 'introspection' | 'api_key' | 'login';
  /** Unix ms; null if it does not expire. */
  expiresAt: number | null;
}

/** The content of a sealed session id. */
export interface OpenedSession {
  /** As the client sends it; a secret. */
  id: string;
  route: string;
  upstream: string;
  /** Upstream's own id. */
  upstreamSession: string;
  /** Subject that opened it; null without authentication. Nobody else can use the session. */
  subject: string | null;
  /** Unix ms. */
  openedAt: number;
}

/** HTTP methods of a route. */
export const METHODS = ['POST', 'GET', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

/** One request to a route, as the steps see it: each step fills in what it finds. */
export interface GatewayRequest {
  /** A ULID. */
  id: string;
  at: number;
  route: Route;
  ip: string;
  method: Method;
  /** Without the query. */
  path: string;
  headers: IncomingHttpHeaders;
  identity: Identity | null;
  session: OpenedSession | null;
  /** The messages of the body, in order; empty for GET and DELETE. */
  messages: readonly RpcMessage[];
  body: Uint8Array;
  trace: TraceContext;
}

export interface RpcError {
  code: number;
  message: string;
  data?: unknown;
}

/** An answer that a step gives in place of upstream. */
export interface Refusal {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** The JSON-RPC error, sent with the id of the request if it is known; or another body. */
  body: { error: RpcError } | { text: string; contentType: string };
  outcome: RequestOutcome;
  /** A fact besides the end of the request. */
  fact: GatewayFact | null;
}

export function isRefusal(value: object | null): value is Refusal {
  return value !== null && 'outcome' in value;
}
