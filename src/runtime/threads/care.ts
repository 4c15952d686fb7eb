import type { HttpEvent } from '../../wire/index.js';

/** How an exchange is recorded after a crash while the recorder worked on it. Each level is tried once. */
export const CARE = ['unattributed', 'without_bodies', 'left_out'] as const;
export type Care = (typeof CARE)[number];

const UNREADABLE = 'claude-trace could not read this exchange: its bodies are not kept';

/** The event with the care that its exchange needs; null: it is not recorded. */
export function withCare(event: HttpEvent, care: Care | undefined): HttpEvent | null {
  if (care === 'left_out') return null;
  if (care !== 'without_bodies') return event;
  if (event.type === 'request_body' || event.type === 'response_body' || event.type === 'mcp_ruled') return null;
  if (event.type === 'request_end' || event.type === 'response_end') return { ...event, truncated: event.size > 0 };
  return event.type === 'settled' ? { ...event, degraded: event.degraded ?? UNREADABLE } : event;
}
