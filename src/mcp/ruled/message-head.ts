import { isRecord, parseRecord } from '../../base/json.js';
import { isRpcId, type RpcId } from '../messages/read-messages.js';

/** The fields on which the order of messages depends. */
export interface MessageHead {
  kind: 'request' | 'answer' | 'notification' | 'other';
  /** Id of a request, or of the request that an answer is for. */
  id: RpcId | null;
  method: string | null;
  /** Name of the tool or prompt, or the URI of the resource. */
  name: string | null;
  /** The request that a cancellation names. */
  cancels: RpcId | null;
}

export const OTHER: MessageHead = { kind: 'other', id: null, method: null, name: null, cancels: null };

/** Reads a message that is not larger than a line may be. One that is not of JSON-RPC is `other`. */
export function readHead(bytes: Buffer): MessageHead {
  const message = parseRecord(bytes.toString());
  return message === null ? OTHER : headOf(message);
}

export function headOf(message: Readonly<Record<string, unknown>>): MessageHead {
  const id = isRpcId(message.id) ? message.id : null;
  const params = isRecord(message.params) ? message.params : {};
  if (typeof message.method === 'string') {
    const named = [params.name, params.uri].find((each) => typeof each === 'string');
    const isCancel = message.method === 'notifications/cancelled' && isRpcId(params.requestId);
    return {
      kind: id === null ? 'notification' : 'request',
      id,
      method: message.method,
      name: typeof named === 'string' ? named : null,
      cancels: isCancel && isRpcId(params.requestId) ? params.requestId : null,
    };
  }
  return id === null ? OTHER : { ...OTHER, kind: 'answer', id };
}
