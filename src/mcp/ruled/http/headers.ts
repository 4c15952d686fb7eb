import { headersOf } from '../../../base/headers.js';
import type { HeaderList } from '../../../model/exchange.js';
import { encodingsOf } from '../../../wire/index.js';

const EVENTS = /text\/event-stream/i;

/** Whether some client takes the body for JSON. */
export function isJson(headers: HeaderList): boolean {
  return /application\/(?:json|[\w.-]+\+json)/i.test(typesOf(headers));
}

/** Whether some client takes the body for a stream of events. */
export function isEventStream(headers: HeaderList): boolean {
  return EVENTS.test(typesOf(headers));
}

/** Whether a client asks for a stream of events. */
export function acceptsEvents(headers: HeaderList): boolean {
  return EVENTS.test(headersOf(headers, 'accept').join(', '));
}

/** Clients look for a type at the beginning of the header or anywhere in it, and join headers that are repeated. */
function typesOf(headers: HeaderList): string {
  return headersOf(headers, 'content-type').join(', ');
}

/** Like `encodingsOf`, without those that change nothing. */
export function codingsOf(headers: HeaderList): string[] {
  return encodingsOf(headers).filter((coding) => coding !== '' && coding !== 'identity');
}
