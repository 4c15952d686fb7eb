import type { RequestDetail } from '../../store/index.js';

/** Milliseconds; -1 for what does not apply. http://www.softwareishard.com/blog/har-12-spec/#timings */
export interface HarTimings {
  blocked: number;
  dns: number;
  connect: number;
  ssl: number;
  send: number;
  wait: number;
  receive: number;
}

/** Connections are made before the first request byte is seen, so what making them took belongs to no request. */
const BEFORE = { blocked: -1, dns: -1, connect: -1, ssl: -1 };

/** A request whose times are not known waited as long as it took. */
export function timingsWithout(latencyMs: number | null): HarTimings {
  return { ...BEFORE, send: 0, wait: latencyMs ?? 0, receive: 0 };
}

export function timingsOf({ timestamps, latency_ms }: RequestDetail): HarTimings {
  const { initiated, received, first_byte, response_end, delivered } = timestamps;
  if (received === null || first_byte === null) return timingsWithout(latency_ms);
  const end = delivered ?? response_end ?? first_byte;
  return {
    ...BEFORE,
    send: between(initiated, received),
    wait: between(received, first_byte),
    receive: between(first_byte, end),
  };
}

/** The format has no negative times; an answer can begin before its request has ended. */
function between(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from));
}

export function wholeTime({ send, wait, receive }: HarTimings): number {
  return send + wait + receive;
}
