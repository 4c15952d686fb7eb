import type { IncomingHttpHeaders } from 'node:http';
import { isRecord, type JsonRecord, stringOf } from '../../base/json.js';

const META_VERSION = 'io.modelcontextprotocol/protocolVersion';

/** The field of `params` that `Mcp-Name` repeats. */
const NAMED_BY: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

/** Names and values of the headers of a request of 2026-07-28, as its body says them; null for other messages. */
function namedInBody(message: JsonRecord): [header: string, value: string][] | null {
  const method = stringOf(message.method);
  if (method === null || message.id === undefined) return null;
  const params = isRecord(message.params) ? message.params : {};
  const version = isRecord(params._meta) ? stringOf(params._meta[META_VERSION]) : null;
  // A request without it is of a client that is older.
  if (version === null) return null;
  const field = Object.hasOwn(NAMED_BY, method) ? NAMED_BY[method] : undefined;
  const name = field === undefined ? null : stringOf(params[field]);
  return [
    ['mcp-protocol-version', version],
    ['mcp-method', method],
    ...(name === null ? [] : [['mcp-name', name] as [string, string]]),
  ];
}

/** The headers that go with a request of 2026-07-28; null for other messages. */
export function requestHeaders(message: JsonRecord): [header: string, value: string][] | null {
  return namedInBody(message)?.map(([header, value]) => [header, encoded(value)]) ?? null;
}

/**
 * Why the headers of a request of 2026-07-28 do not fit its body; null where they do. They are there so that a proxy need not read
 * the body, and servers must refuse requests in which they differ.
 */
export function headerMismatch(headers: IncomingHttpHeaders, message: JsonRecord): string | null {
  for (const [header, value] of namedInBody(message) ?? []) {
    const given = stringOf(headers[header])?.trim();
    if (given === undefined) return `the header ${header} is missing`;
    if (decoded(given) !== value)
      return `the header ${header} is ${JSON.stringify(given)}, and the body says ${JSON.stringify(value)}`;
  }
  return null;
}

/** Printable ASCII without blanks at the ends, which is not such an encoding itself. */
const PLAIN = /^(?!=\?base64\?)[!-~](?:[ -~]*[!-~])?$/;

function encoded(value: string): string {
  return PLAIN.test(value) ? value : `=?base64?${Buffer.from(value).toString('base64')}?=`;
}

/** What headers cannot hold is sent as `=?base64?…?=`. */
function decoded(value: string): string {
  const [, base64] = /^=\?base64\?([\w+/=]*)\?=$/.exec(value) ?? [];
  return base64 === undefined ? value : Buffer.from(base64, 'base64').toString();
}
