import type { HeaderList } from '../../../model/exchange.js';

/** The head of an answer in place of the server's. */
export interface OwnAnswer {
  status: number;
  reason: string;
  headers: HeaderList;
}

export const ACCEPTED: OwnAnswer = { status: 202, reason: 'Accepted', headers: [] };

export function jsonAnswer(status: 200 | 429, headers: HeaderList = []): OwnAnswer {
  const reason = status === 200 ? 'OK' : 'Too Many Requests';
  return { status, reason, headers: [['Content-Type', 'application/json'], ...headers] };
}
