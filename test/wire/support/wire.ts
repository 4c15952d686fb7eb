import type { ObserverLimits } from '../../../src/wire/exchange/wire-exchange.js';
import { observe } from '../../../src/wire/observe-connection.js';
import type { Closed, ObservedConnection, Observer } from '../../../src/wire/observer.js';
import type { HttpEvent } from '../../../src/wire/wire-event.js';

const CONNECTION: ObservedConnection = {
  id: 1,
  host: 'api.test',
  port: 443,
  carriage: 'tls',
  alpn: 'http/1.1',
  openedAt: 0,
};

/** A step of a transcript: bytes of one side, or the end of a side or of the connection. */
export type Step =
  | { client: string | Uint8Array }
  | { upstream: string | Uint8Array }
  | 'client fin'
  | 'upstream fin'
  | { closed: Closed };

export interface Observed {
  events: HttpEvent[];
  observer: Observer;
  play(...steps: Step[]): void;
}

/**
 * An observer beside a proxy that passes every chunk on at once. Time counts calls: 1, 2, 3 …. With `delivers: false` the
 * client accepts nothing.
 */
export function observed(
  options: { connection?: Partial<ObservedConnection>; limits?: ObserverLimits; delivers?: boolean } = {},
): Observed {
  const events: HttpEvent[] = [];
  const connection = { ...CONNECTION, ...options.connection };
  const observer = observe(connection, (event) => events.push(event), options.limits);
  let now = 0;
  let sent = 0;
  let received = 0;
  const step = (one: Step): void => {
    const at = ++now;
    if (one === 'client fin') {
      observer.clientEnded(at);
    } else if (one === 'upstream fin') {
      observer.upstreamEnded(at);
    } else if ('closed' in one) {
      observer.closed(one.closed, at);
    } else if ('client' in one) {
      const bytes = bytesOf(one.client);
      observer.clientBytes(bytes, at);
      sent += bytes.length;
      observer.forwarded(sent, at + 0.5);
    } else {
      const bytes = bytesOf(one.upstream);
      observer.upstreamBytes(bytes, at);
      received += bytes.length;
      if (options.delivers !== false) observer.delivered(received, at + 0.5);
    }
  };
  return {
    events,
    observer,
    play: (...steps) => {
      for (const one of steps) step(one);
    },
  };
}

function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
}

/** An exchange with its bodies joined, easy to compare. */
export interface Summary {
  request: string;
  requestHeaders: readonly (readonly [string, string])[];
  requestBody: string;
  requestEnded: boolean;
  status: number | null;
  responseHeaders: readonly (readonly [string, string])[];
  responseBody: string;
  responseEnded: boolean;
  outcome: string | null;
  error: string | null;
  degraded: string | null;
}

export function summarize(events: readonly HttpEvent[]): Summary[] {
  const summaries = new Map<string, Summary>();
  for (const event of events) {
    const summary = summaries.get(event.exchange) ?? emptySummary();
    summaries.set(event.exchange, summary);
    if (summary.outcome !== null) throw new Error(`${event.type} after settled`);
    switch (event.type) {
      case 'request_head':
        summary.request = `${event.method} ${event.target} ${event.httpVersion}`;
        summary.requestHeaders = event.headers;
        break;
      case 'request_body':
        summary.requestBody += Buffer.from(event.bytes).toString('latin1');
        break;
      case 'request_end':
        summary.requestEnded = true;
        break;
      case 'response_head':
        summary.status = event.status;
        summary.responseHeaders = event.headers;
        break;
      case 'response_body':
        summary.responseBody += Buffer.from(event.bytes).toString('latin1');
        break;
      case 'response_end':
        summary.responseEnded = true;
        break;
      case 'settled':
        summary.outcome = event.outcome;
        summary.error = event.error;
        summary.degraded = event.degraded;
    }
  }
  return [...summaries.values()];
}

function emptySummary(): Summary {
  return {
    request: '',
    requestHeaders: [],
    requestBody: '',
    requestEnded: false,
    status: null,
    responseHeaders: [],
    responseBody: '',
    responseEnded: false,
    outcome: null,
    error: null,
    degraded: null,
  };
}
