import { headersOf } from '../../../base/headers.js';
import type { HeaderList } from '../../../model/exchange.js';
import { encodingsOf } from '../../../wire/index.js';

/** Whether some client takes the body for JSON. */
export function isJson(headers: HeaderList): boolean {
  return /application\/(?:json|[\w.-]+\+json)/i.test(typesOf(headers));
}

/** Whether some client takes the body for a stream of events. */
export function isEventStream(headers: HeaderList): boolean {
  return /text\/event-stream/i.test(typesOf(headers));
}

/** Clients look for a type at the beginning of the header or anywhere in it, and join headers that are repeated. */
function typesOf(headers: HeaderList): string {
  return headersOf(headers, 'content-type').join(', ');
}

/** Like `encodingsOf`, without those that change nothing. */
export function codingsOf(headers: HeaderList): string[] {
  return encodingsOf(headers).filter((coding) => coding !== '' && coding !== 'identity');
}
