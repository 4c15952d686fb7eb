import type { IncomingHttpHeaders } from 'node:http';
import type { HeaderList } from '../../model/exchange.js';
import { NEVER_FORWARDED } from '../config/never-forwarded.js';
import type { TraceContext } from '../facts.js';
import type { HeaderChange } from '../policy/change-headers.js';

/** Headers of the client that pass besides those of MCP. Its credentials and cookies are for the gateway, and never do. */
const REQUEST_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'content-type',
  'last-event-id',
  'user-agent',
  'tracestate',
  'baggage',
]);

const RESPONSE_HEADERS: ReadonlySet<string> = new Set([
  'content-type',
  'content-length',
  'content-encoding',
  'cache-control',
  'allow',
  'retry-after',
]);

/** The client's headers that upstream gets. @param extra names that the configuration adds */
export function upstreamHeaders(
  headers: IncomingHttpHeaders,
  { traceId, isSampled }: TraceContext,
  spanId: string,
  extra: readonly string[],
): HeaderList {
  const added = extra.map((each) => each.toLowerCase());
  const passed: [string, string][] = [['traceparent', `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`]];
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (typeof value !== 'string' || NEVER_FORWARDED.has(name)) continue;
    if (REQUEST_HEADERS.has(name) || name.startsWith('mcp-') || added.includes(name)) passed.push([name, value]);
  }
  return passed;
}

/**
 * Headers that not every upstream gets: those of the client that the configuration of an upstream adds, and those that rules set. Their values
 * may be secrets.
 */
export function furtherHeaders(
  headers: IncomingHttpHeaders,
  extra: readonly string[],
  changes: readonly HeaderChange[],
): HeaderList {
  const ofClient = extra.map((name) => ({ name, value: headers[name.toLowerCase()] }));
  return [...ofClient, ...changes].flatMap(({ name, value }) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );
}

/** Upstream's headers that the client gets. */
export function clientHeaders(headers: HeaderList, changes: readonly HeaderChange[]): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (RESPONSE_HEADERS.has(lower) || (lower.startsWith('mcp-') && lower !== 'mcp-session-id')) passed[lower] = value;
  }
  for (const { name, value } of changes) {
    if (value === null) delete passed[name];
    else passed[name] = value;
  }
  return passed;
}
