import { isRecord } from '../../base/json.js';
import { fieldBytes, onOneLine, type Replacement, withFields } from '../../base/json-splice.js';
import type { RpcMessage } from '../messages/read-messages.js';
import type { Step } from './tape-index.js';
import { INTERNAL_ERROR, LEGACY_VERSIONS, type Outcome } from './unrecorded.js';

/*
 * Messages of the recorded server as this client gets them: with its ids and tokens.
 */

/**
 * A recorded answer or notification.
 * @param request the client's request that it belongs to, or null
 * @returns null if the client asked for no progress
 */
export function messageFor({ kind, method, bytes, truncated }: Step, request: RpcMessage | null): Buffer | null {
  if (kind === 'malformed') return bytes;
  if (kind === 'answer') return request === null ? bytes : answerFor(request, bytes, truncated);
  if (method !== 'notifications/progress') return onOneLine(bytes);
  const token = request && fieldBytes(request.bytes, 'params', '_meta', 'progressToken');
  return token && onOneLine(withFields(bytes, [[['params', 'progressToken'], token]]));
}

function answerFor(request: RpcMessage, bytes: Buffer, truncated: boolean): Buffer {
  if (truncated) return outcomeOf(request, failure('Only the beginning of this answer was recorded.'));
  const { method, body } = request;
  const replacements: Replacement[] = [[['id'], idOf(request)]];
  const version = method === 'initialize' && isRecord(body.params) && body.params.protocolVersion;
  if (typeof version === 'string' && LEGACY_VERSIONS.includes(version)) {
    replacements.push([['result', 'protocolVersion'], JSON.stringify(version)]);
  }
  return onOneLine(withFields(bytes, replacements));
}

/** An answer that was not recorded. */
export function outcomeOf(request: RpcMessage, outcome: Outcome): Buffer {
  return withFields(toJson({ id: 0, ...outcome }), [[['id'], idOf(request)]]);
}

export function failure(message: string): Outcome {
  return { error: { code: INTERNAL_ERROR, message: `claude-trace replay: ${message}` } };
}

/** As the client spells it: a large number must not lose digits. */
export function idOf({ bytes }: RpcMessage): Buffer {
  return fieldBytes(bytes, 'id') ?? Buffer.from('null');
}

export function toJson(fields: object): Buffer {
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...fields }));
}
