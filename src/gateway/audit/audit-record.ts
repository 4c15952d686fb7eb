import type { GatewayFact } from '../facts.js';

/** The kinds of lines. `lost`: events that could not be written. */
export const AUDIT_TYPES = [
  'request',
  'auth',
  'rule',
  'limit',
  'session',
  'breaker',
  'upstream',
  'reload',
  'redis',
  'problem',
  'gateway',
  'lost',
] as const;
export type AuditType = (typeof AUDIT_TYPES)[number];

/** A line of the audit log. */
export interface AuditRecord {
  /** ISO 8601, UTC. */
  at: string;
  type: AuditType;
  outcome: string;
  route?: string | null;
  upstream?: string | null;
  subject?: string | null;
  ip?: string;
  /** Id of the request to the gateway. */
  request?: string | null;
  [detail: string]: unknown;
}

/** Names and messages come from clients and servers. */
const MAX_TEXT = 500;

/** Null for facts that are not audited, such as answered requests that call no tool, and accepted credentials that are not logins. */
export function auditRecordOf(fact: GatewayFact): AuditRecord | null {
  const record = fieldsOf(fact);
  if (record === null) return null;
  const { type, outcome, ...fields } = record;
  const known = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  const short = known.map(([name, value]) => [name, typeof value === 'string' ? value.slice(0, MAX_TEXT) : value]);
  return { at: new Date(fact.at).toISOString(), type, outcome, ...Object.fromEntries(short) };
}

function fieldsOf(fact: GatewayFact): Omit<AuditRecord, 'at'> | null {
  switch (fact.type) {
    case 'request_ended': {
      const { request, route, upstream, subject, ip, httpMethod, method, tool, status, outcome, durationMs } = fact;
      if (outcome === 'ok' && tool === null) return null;
      const duration_ms = Math.round(durationMs);
      const what = { http_method: httpMethod, method, tool, status, duration_ms };
      return { type: 'request', outcome, route, upstream, subject, ip, request, ...what };
    }
    case 'auth': {
      const { outcome, route, subject, ip, request, method, reason } = fact;
      if (outcome === 'accepted' && method !== 'login') return null;
      return { type: 'auth', outcome, route, subject, ip, request, method, reason };
    }
    case 'decision': {
      const { action, route, subject, ip, request, rule, detail } = fact;
      return { type: 'rule', outcome: action, route, subject, ip, request, rule, detail };
    }
    case 'limited': {
      const { route, subject, ip, request, tier, retryAfterS } = fact;
      return { type: 'limit', outcome: 'limited', route, subject, ip, request, tier, retry_after_s: retryAfterS };
    }
    case 'connections_refused':
      return { type: 'limit', outcome: 'limited', ip: fact.ip, tier: 'connections', count: fact.count };
    case 'session_opened': {
      const { route, upstream, subject, session, isNew } = fact;
      return { type: 'session', outcome: isNew ? 'opened' : 'continued', route, upstream, subject, session };
    }
    case 'session_closed': {
      const { route, upstream, subject, session, reason } = fact;
      return { type: 'session', outcome: 'closed', route, upstream, subject, session, reason };
    }
    case 'breaker':
      return { type: 'breaker', outcome: fact.state, route: fact.route, upstream: fact.upstream };
    case 'upstream_state': {
      const { route, upstream, isHealthy, reason } = fact;
      return { type: 'upstream', outcome: isHealthy ? 'healthy' : 'unhealthy', route, upstream, reason };
    }
    case 'upstream_error': {
      const { route, upstream, request, kind, message } = fact;
      return { type: 'upstream', outcome: 'error', route, upstream, request, kind, message };
    }
    case 'reloaded':
      return { type: 'reload', outcome: 'ok', changed: fact.changed };
    case 'reload_failed':
      return { type: 'reload', outcome: 'failed', message: fact.message };
    case 'redis':
      return { type: 'redis', outcome: fact.state, reason: fact.reason };
    case 'problem':
      return { type: 'problem', outcome: 'failed', part: fact.part, message: fact.message };
    case 'started':
      return { type: 'gateway', outcome: 'started', address: fact.address, routes: fact.routes };
    case 'stopping':
      return { type: 'gateway', outcome: 'stopping', requests: fact.requests };
    case 'stopped':
      return { type: 'gateway', outcome: 'stopped', lost: fact.lost };
    default:
      return null;
  }
}
