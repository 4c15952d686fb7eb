import type { HttpEvent } from '../../../src/wire/index.js';

/** The last event of an exchange that is complete, at 1000. */
export function settled(exchange: string): HttpEvent {
  return {
    type: 'settled',
    exchange,
    outcome: 'complete',
    error: null,
    degraded: null,
    forwarded: 105,
    delivered: 1000,
    at: 1000,
  };
}
