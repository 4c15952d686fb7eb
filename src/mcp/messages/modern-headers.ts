import type { IncomingHttpHeaders } from 'node:http';
import { type JsonRecord, stringOf } from '../../base/json.js';
import { protocolOf } from '../../model/mcp-meta.js';
import { decodeHeaderValue, encodeHeaderValue } from './header-value.js';
import { nameInHeader } from './named-by.js';

/** Names and values of the headers of a request of 2026-07-28, as its body says them; null for other messages. */
function namedInBody(message: JsonRecord): [header: string, value: string][] | null {
  const method = stringOf(message.method);
  if (method === null || message.id === undefined) return null;
  const version = protocolOf(message.params);
  // A request without it is of a client that is older.
  if (version === null) return null;
  const name = nameInHeader(message);
  return [
    ['mcp-protocol-version', version],
    ['mcp-method', method],
    ...(name === null ? [] : [['mcp-name', name] as [string, string]]),
  ];
}

/** The headers that go with a request of 2026-07-28; null for other messages. */
export function requestHeaders(message: JsonRecord): [header: string, value: string][] | null {
  return namedInBody(message)?.map(([header, value]) => [header, encodeHeaderValue(value)]) ?? null;
}

/**
 * Why the headers of a request of 2026-07-28 do not fit its body; null if they do. They exist so that a proxy need not read
 * the body, and servers must refuse requests in which they differ.
 */
export function headerMismatch(headers: IncomingHttpHeaders, message: JsonRecord): string | null {
  for (const [header, value] of namedInBody(message) ?? []) {
    const given = stringOf(headers[header])?.trim();
    if (given === undefined) return `the header ${header} is missing`;
    if (decodeHeaderValue(given) !== value)
      return `the header ${header} is ${JSON.stringify(given)}, and the body says ${JSON.stringify(value)}`;
  }
  return null;
}

/** Why the headers of another message do not fit its body; null if they do. Older clients need not send them, but a server may rely on them. */
export function claimMismatch(headers: IncomingHttpHeaders, message: JsonRecord): string | null {
  const method = stringOf(headers['mcp-method'])?.trim();
  if (method !== undefined && decodeHeaderValue(method) !== message.method)
    return 'the header mcp-method is not the method of the body';
  const name = stringOf(headers['mcp-name'])?.trim();
  const named = nameInHeader(message);
  if (name === undefined || named === null || decodeHeaderValue(name) === named) return null;
  return 'the header mcp-name is not the name in the body';
}
