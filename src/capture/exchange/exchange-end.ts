import type { CapturedResponse, ExchangeKind } from '../../model/exchange.js';
import type { AssembledMessage } from '../../model/message.js';

type EndState = CapturedResponse['state'];

/** What is known of an exchange when it is over. */
export interface EndFacts {
  /** What the connection says of it: `complete` when the response ended as HTTP wants it. */
  transport: 'complete' | 'failed' | 'aborted' | 'interrupted';
  /** Why it is not complete, in words; null when it is. */
  transportError: string | null;
  kind: ExchangeKind;
  method: string;
  /** Null when no response head came. */
  status: number | null;
  reason: string | null;
  contentType: string | null;
  /** What the response says: null when it carried no message. */
  message: AssembledMessage | null;
  /** The error that the response tells, `type: message`. */
  error: string | null;
  /** Nothing came after the head. */
  isEmpty: boolean;
  /** All of the response could be read: not if only its beginning was kept, or it could not be decoded. */
  isReadable: boolean;
}

/** How an exchange ended, and why it did not end well; the one place where this is decided. */
export function exchangeEnd(facts: EndFacts): { state: EndState; error: string | null } {
  const { transport, transportError, status, error } = facts;
  if (transport === 'interrupted') return { state: 'interrupted', error: transportError };
  if (status !== null && status >= 400) return { state: 'failed', error: error ?? refusal(status, facts.reason) };
  if (error !== null) return { state: 'failed', error };
  if (transport === 'aborted') {
    // A client that has read the end of its answer may close without waiting for the end of the HTTP message.
    return facts.message?.complete ? COMPLETE : { state: 'aborted', error: transportError };
  }
  if (transport === 'failed') return { state: status === null ? 'failed' : 'cut_off', error: transportError };
  return owesMessage(facts) ? endOfAnswer(facts) : COMPLETE;
}

const COMPLETE = { state: 'complete', error: null } as const;

/** Whether a response of 2xx or 3xx should have carried a message that could be read. */
function owesMessage({ kind, method, status, isReadable }: EndFacts): boolean {
  return kind === 'messages' && method === 'POST' && status !== null && isReadable;
}

function endOfAnswer({ status, message, isEmpty, contentType, reason }: EndFacts): ReturnType<typeof exchangeEnd> {
  if (message?.complete) return COMPLETE;
  if (message !== null) return { state: 'cut_off', error: 'the answer ended before its last event' };
  if (status !== null && status >= 300) return { state: 'failed', error: refusal(status, reason) };
  if (isEmpty) return { state: 'failed', error: 'the answer is empty' };
  return { state: 'failed', error: `the answer is no message of the API (${contentType ?? 'of no type'})` };
}

function refusal(status: number, reason: string | null): string {
  return `HTTP ${status}${reason ? ` ${reason}` : ''}`;
}
