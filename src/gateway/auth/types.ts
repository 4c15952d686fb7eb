import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HeaderList } from '../../model/exchange.js';
import type { Identity, Refusal } from '../request.js';

/** A request to a route, as authentication sees it. */
export interface AuthRequest {
  /** ULID of the request; null outside of routes. */
  id: string | null;
  route: string;
  /** Path with query. */
  url: string;
  /** `headersDistinct`: Node drops a second `Authorization` from `headers`. */
  headers: NodeJS.Dict<string[]>;
  ip: string;
  /** True for a stream that is open: that it may stay so is not reported. */
  isAgain?: boolean | undefined;
}

export interface Auth {
  /** Whether credentials make no difference. */
  isPublic(route: string): boolean;
  /** Null if the route is public and no credential was sent. */
  authenticate(request: AuthRequest): Promise<{ identity: Identity | null } | { refusal: Refusal }>;
  /**
   * The refusal with which a client can ask for the scopes that it lacks; null if it has those of the route and of all tools that are
   * called.
   */
  scopesMissing(
    request: Omit<AuthRequest, 'headers'>,
    identity: Identity | null,
    tools: readonly string[],
  ): Refusal | null;
  /** Answers metadata (RFC 9728) and `/auth/…`. @returns false for any other path */
  handle(request: IncomingMessage, response: ServerResponse, ip: string): Promise<boolean>;
  /**
   * Headers for an upstream: credentials of the configuration or a token of its own, never the client's.
   *
   * @param identity the object of `authenticate` itself, with which its token is stored
   * @throws CredentialsError
   */
  upstreamHeaders(route: string, upstream: string, identity: Identity | null): Promise<HeaderList>;
  /** After a 401 of the upstream: a token that was kept for it is not used again. */
  upstreamRefused(route: string, upstream: string, identity: Identity | null): void;
}

/** Why a step of a login failed. */
export type LoginReason =
  | 'state'
  | 'foreign_answer'
  | 'login_refused'
  | 'login_failed'
  | 'return_address'
  | 'no_session';
