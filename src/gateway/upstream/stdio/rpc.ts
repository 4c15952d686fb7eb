import { isRecord } from '../../../base/json.js';
import { onOneLine } from '../../../base/json-splice.js';
import { MAX_MESSAGE_BYTES, type RpcMessage } from '../../../mcp/messages/index.js';
import { keyOf } from '../../../mcp/messages/open-requests.js';
import { isRpcId, type RpcId } from '../../../mcp/messages/read-messages.js';
import { metaOf, protocolOf, SUBSCRIPTION_ID } from '../../../model/mcp-meta.js';
import { RPC } from '../../refusals.js';
import type { UpstreamAnswer } from '../upstreams.js';
import { WholeBody } from '../whole-body.js';

/** Whether a request is complete in itself, as those of 2026-07-28. */
export function isStateless({ method, body }: RpcMessage): boolean {
  return method === 'server/discover' || protocolOf(body.params) !== null;
}

/** Progress token of a request; null without one. */
export function progressTokenOf({ body }: RpcMessage): RpcId | null {
  const { progressToken } = metaOf(body.params);
  return isRpcId(progressToken) ? progressToken : null;
}

/** The subject of a notification of a server, as far as it names one. */
export interface Subject {
  /** Key of the progress token of a request. */
  token: string | null;
  /** Key of the request that began a subscription. */
  subscription: string | null;
}

export function subjectOf({ body: { params } }: RpcMessage): Subject {
  const token = isRecord(params) ? params.progressToken : undefined;
  const subscription = metaOf(params)[SUBSCRIPTION_ID];
  return {
    token: isRpcId(token) ? keyOf(token) : null,
    subscription: isRpcId(subscription) ? keyOf(subscription) : null,
  };
}

/** Code of an error; null for results. */
export function codeOf({ body }: RpcMessage): number | null {
  return isRecord(body.error) && typeof body.error.code === 'number' ? body.error.code : null;
}

/** The bytes of a message on one line, or an error in place of an answer that is too long. */
export function bytesOf(message: RpcMessage, id: RpcId): Buffer {
  if (!message.truncated) return onOneLine(message.bytes);
  const limit = MAX_MESSAGE_BYTES / 1024 ** 2;
  return errorMessage(
    id,
    RPC.internal,
    `The answer of the server has ${message.size} bytes; the limit is ${limit} MB.`,
  );
}

export function errorMessage(id: RpcId | null, code: number, message: string): Buffer {
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } }));
}

/** An answer in place of the server's. */
export function refusal(status: number, id: RpcId | null, code: number, message: string): UpstreamAnswer {
  const headers = [['content-type', 'application/json']] as const;
  return { status, headers, session: null, body: new WholeBody(errorMessage(id, code, message)) };
}

export function accepted(status = 202): UpstreamAnswer {
  return { status, headers: [], session: null, body: new WholeBody(Buffer.alloc(0)) };
}
