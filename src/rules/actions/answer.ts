import { fieldAt } from '../../base/json-bytes.js';
import type { RuleMessage } from '../message.js';
import type { Acting, Effect } from './action.js';

/** The content of an answer, besides `jsonrpc` and `id`. */
export type Outcome = { result: unknown } | { error: RpcError };

export interface RpcError {
  code: number;
  message: string;
  data?: unknown;
}

/** In the range that JSON-RPC leaves to servers; neither MCP nor its SDKs give these a meaning. */
export const RULE_ERROR = { blocked: -32_050, rateLimit: -32_051 } as const;
/** As the official SDKs use it. */
export const REQUEST_TIMEOUT = -32_001;
export const INTERNAL_ERROR = -32_603;

/**
 * An answer in place of the one to this request, or in place of this answer: its `jsonrpc` and `id` are those of the message, as
 * they are spelled there.
 * @throws Error if it would not be JSON-RPC
 */
export function answerTo(message: RuleMessage, outcome: Outcome): Buffer {
  const fields = { jsonrpc: '"2.0"', id: 'null', ...envelopeOf(message) };
  const [name, value] = 'result' in outcome ? ['result', outcome.result] : ['error', outcome.error];
  const body = JSON.stringify(value);
  if (body === undefined || (name === 'result' && !body.startsWith('{'))) {
    throw new Error(`the ${name} is not an object`);
  }
  return Buffer.from(`{"jsonrpc":${fields.jsonrpc},"id":${fields.id},"${name}":${body}}`);
}

/** Numbers that JavaScript would round stay as they are. */
function envelopeOf({ bytes }: RuleMessage): Record<string, string> {
  return Object.fromEntries(
    ['jsonrpc', 'id'].flatMap((name) => {
      const range = fieldAt(bytes, name);
      const isScalar = range !== null && bytes[range.start] !== 0x7b && bytes[range.start] !== 0x5b;
      return isScalar ? [[name, bytes.toString('utf8', range.start, range.end)]] : [];
    }),
  );
}

/**
 * A request is answered without the server; an answer is replaced, so that its receiver does not wait for it; a notification, which
 * nobody answers, is dropped.
 * @throws Error if the answer would not be JSON-RPC
 */
export function instead({ message, rule }: Acting, outcome: Outcome, detail: string): Effect {
  if (message.kind === 'notification') return { detail, steps: [{ do: 'drop', rule }], isEnd: true };
  const bytes = answerTo(message, outcome);
  return { detail, steps: [{ do: message.kind === 'request' ? 'answer' : 'replace', bytes, rule }], isEnd: true };
}
