import { headerOf } from '../../base/headers.js';
import { isRecord, parseRecord } from '../../base/json.js';
import { withFields } from '../../base/json-splice.js';
import type { RpcId } from '../../mcp/messages/read-messages.js';
import type { UpstreamAnswer } from '../upstream/upstreams.js';

/** An error that is not a JSON-RPC message is cut to this length. */
const MAX_ERROR_TEXT = 200;

/** The error in the answer to a refused message, for each of these requests; empty if the text is not a JSON-RPC error. */
export function errorsIn(text: string, ids: readonly RpcId[]): Buffer[] {
  const body = parseRecord(text);
  if (!isRecord(body?.error)) return [];
  return ids.map((id) =>
    Object.hasOwn(body, 'id')
      ? withFields(Buffer.from(text), [[['id'], JSON.stringify(id)]])
      : Buffer.from(JSON.stringify({ ...body, id })),
  );
}

/** Why a message was refused. @param text of the answer, which is not JSON-RPC */
export function describeRefusal({ status }: UpstreamAnswer, text: string): string {
  const advice = status === 401 || status === 403 ? '; give --header "Authorization: Bearer …"' : '';
  const more = text === '' ? '' : `: ${text.slice(0, MAX_ERROR_TEXT)}`;
  return `the server answered with HTTP status ${status}${advice}${more}`;
}

/** Why a successful answer has no message for a request. */
export function describeMissingAnswer({ status, headers }: UpstreamAnswer): string {
  const type = headerOf(headers, 'content-type')?.split(';')[0]?.trim() ?? '';
  if (/^(application\/json|text\/event-stream)$/i.test(type)) return 'the server ended its answer too early';
  const named = type === '' ? 'no content type' : type.slice(0, MAX_ERROR_TEXT);
  return `the server answered with HTTP status ${status} and ${named}, not with MCP; check the address`;
}
