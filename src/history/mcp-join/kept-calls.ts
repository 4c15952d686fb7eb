import { parseRecord } from '../../base/json.js';
import type { ServerAnswer } from '../../mcp/messages/result-form.js';
import type { McpCallState, McpMessage } from '../../model/mcp.js';

/** The state of a call, and its answer. */
export interface KnownCall {
  state: McpCallState;
  /** Null without an answer, and where it is not known. */
  answer: Pick<McpMessage, 'bytes' | 'truncated' | 'redacted' | 'connectionId'> | null;
}

/** The last calls by their tool use ids, bounded by the bytes of their answers: the oldest are forgotten. */
export interface KeptCalls {
  set(toolUseId: string, call: KnownCall): void;
  get(toolUseId: string): KnownCall | undefined;
  delete(toolUseId: string): void;
}

/** What a call without an answer takes. */
const CALL_BYTES = 200;

export function createKeptCalls(maxBytes: number): KeptCalls {
  const calls = new Map<string, KnownCall>();
  let bytes = 0;

  function remove(toolUseId: string): void {
    const call = calls.get(toolUseId);
    if (call === undefined) return;
    calls.delete(toolUseId);
    bytes -= weightOf(call);
  }

  return {
    get: (toolUseId) => calls.get(toolUseId),
    delete: remove,
    set(toolUseId, call) {
      remove(toolUseId);
      calls.set(toolUseId, call);
      bytes += weightOf(call);
      for (const oldest of calls.keys()) {
        if (bytes <= maxBytes) break;
        remove(oldest);
      }
    },
  };
}

function weightOf({ answer }: KnownCall): number {
  return CALL_BYTES + (answer?.bytes.byteLength ?? 0);
}

/** What the server said; null where that is not known, or not yet. */
export function serverAnswer({ state, answer }: KnownCall): ServerAnswer | null {
  if (state === 'open') return null;
  if (state !== 'ok' && state !== 'tool_error' && state !== 'rpc_error') return { type: 'none' };
  if (answer === null) return null;
  const message = answer.truncated ? null : parseRecord(Buffer.from(answer.bytes).toString());
  if (message === null) return { type: 'too_large' };
  return state === 'rpc_error' ? { type: 'error', error: message.error } : { type: 'result', result: message.result };
}
