import { headerOf } from '../../../base/headers.js';
import type { HeaderList } from '../../../model/exchange.js';
import { encodingsOf } from '../../../wire/index.js';

export function isJson(headers: HeaderList): boolean {
  return /^\s*application\/(?:json|[\w.-]+\+json)\b/i.test(headerOf(headers, 'content-type') ?? '');
}

export function isEventStream(headers: HeaderList): boolean {
  return /^\s*text\/event-stream\b/i.test(headerOf(headers, 'content-type') ?? '');
}

/** As `encodingsOf`, without those that change nothing. */
export function codingsOf(headers: HeaderList): string[] {
  return encodingsOf(headers).filter((coding) => coding !== '' && coding !== 'identity');
}
