import type { CapturedResponse, ExchangeKind } from '../../model/exchange.js';
import type { AssembledMessage } from '../../model/message.js';

type EndState = CapturedResponse['state'];

/** What is known of an exchange after its end. */
export interface EndFacts {
  /** The end of the connection: `complete` where the response ended by the rules of HTTP. */
  transport: 'complete' | 'failed' | 'aborted' | 'interrupted';
  /** Why it is not complete, for people; null where it is. */
  transportError: string | null;
  kind: ExchangeKind;
  method: string;
  /** Null without a response head. */
  status: number | null;
  reason: string | null;
  contentType: string | null;
  /** Null where the response carried none. */
  message: AssembledMessage | null;
  /** The response's own error, `type: message`. */
  error: string | null;
  /** The response has no body. */
  isEmpty: boolean;
  /** The whole response was kept and could be decoded. */
  isReadable: boolean;
}

/** Decides how an exchange ended, and why it failed. Nothing else decides that. */
export function exchangeEnd(facts: EndFacts): { state: EndState; error: string | null } {
  const { transport, transportError, status, error } = facts;
  if (transport === 'interrupted') return { state: 'interrupted', error: transportError };
  if (status !== null && status >= 400) return { state: 'failed', error: error ?? refusal(status, facts.reason) };
  if (error !== null) return { state: 'failed', error };
  if (transport === 'aborted') {
    // A client that has the whole answer may close before the end of the HTTP message.
    return facts.message?.complete ? COMPLETE : { state: 'aborted', error: transportError };
  }
  if (transport === 'failed') return { state: status === null ? 'failed' : 'cut_off', error: transportError };
  return owesMessage(facts) ? endOfAnswer(facts) : COMPLETE;
}

const COMPLETE = { state: 'complete', error: null } as const;

/** Whether a response of 2xx or 3xx should have carried a readable message. */
function owesMessage({ kind, method, status, isReadable }: EndFacts): boolean {
  return kind === 'messages' && method === 'POST' && status !== null && isReadable;
}

function endOfAnswer({ status, message, isEmpty, contentType, reason }: EndFacts): ReturnType<typeof exchangeEnd> {
  if (message?.complete) return COMPLETE;
  if (message !== null) return { state: 'cut_off', error: 'the answer ended before its last event' };
  if (status !== null && status >= 300) return { state: 'failed', error: refusal(status, reason) };
  if (isEmpty) return { state: 'failed', error: 'the answer is empty' };
  return { state: 'failed', error: `the answer is not a message of the API (${contentType ?? 'no content type'})` };
}

function refusal(status: number, reason: string | null): string {
  return `HTTP ${status}${reason ? ` ${reason}` : ''}`;
}
