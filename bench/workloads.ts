/** One kind of traffic; the load client makes it, the upstream answers it. */
export interface Workload {
  name: string;
  /** The kind of traffic that it represents, for the report. */
  title: string;
  requestBytes: number;
  /** One JSON answer of 1 KB, or a stream of EVENTS_PER_STREAM server-sent events. */
  reply: 'json' | 'sse';
  connections: number;
  /** A measurement ends with this many requests, or with its time, whichever comes first. */
  maxRequests: number;
  /** From an answer to the next request of the same connection; none unless given. */
  pauseMs?: number;
  /** The connections begin one after the other, evenly over the pause. Default: all at once. */
  isSpread?: boolean;
  /** Events at this pace, each with the time at which it was sent; bodies are those of a growing conversation. */
  pace?: { events: number; eventMs: number };
}

/** What the upstream sends as fast as it can, each event in a write and a turn of the event loop of its own. */
export const EVENTS_PER_STREAM = 60;

/** Headers by which the client names a request, and by which the upstream says what arrived. */
export const REQUEST_NUMBER = 'x-client-request-id';
export const PACE = 'x-bench-pace';
export const RECEIVED_BYTES = 'x-received-bytes';

/** The workloads that the targets are about; the others are there to be looked at. */
export const ONE = 'small, 1 connection';
export const HUNDRED = 'small, 100 connections';

export const SMALL: Workload = {
  name: ONE,
  title: '2 KB request, 1 KB JSON',
  requestBytes: 2_000,
  reply: 'json',
  connections: 1,
  maxRequests: 250,
};

/**
 * The caps bound what the recorder must digest between two measurements. A 200 KB request is Claude Code's everyday one, but
 * hundreds a second are not. Many short rounds beat a few long ones: what disturbs a machine comes and goes.
 */
export const WORKLOADS: readonly Workload[] = [
  SMALL,
  {
    name: 'stream, 1 connection',
    title: `2 KB request, ${EVENTS_PER_STREAM} events`,
    requestBytes: 2_000,
    reply: 'sse',
    connections: 1,
    maxRequests: 50,
  },
  {
    name: 'large, 1 connection',
    title: '200 KB request, 1 KB JSON',
    requestBytes: 200_000,
    reply: 'json',
    connections: 1,
    maxRequests: 30,
  },
  {
    name: HUNDRED,
    title: '2 KB request, 1 KB JSON',
    requestBytes: 2_000,
    reply: 'json',
    connections: 100,
    maxRequests: 1_000,
  },
];

/** More than a main conversation and its subagents send; for what is measured beside the traffic, not by it. */
export const BUSY_SESSION: Workload = {
  name: 'busy session',
  title: '4 connections, 20 KB request',
  requestBytes: 20_000,
  reply: 'sse',
  connections: 4,
  maxRequests: Number.POSITIVE_INFINITY,
  pauseMs: 150,
};

/** The delays that a person notices: those of the first byte of an answer and of its events, as Claude Code gets them. */
export const PACED: Workload = {
  name: "Claude's pace",
  title: '130 to 500 KB request, 120 events 8 ms apart, 250 ms between turns',
  requestBytes: 130_000,
  reply: 'sse',
  connections: 1,
  maxRequests: 4,
  pauseMs: 250,
  pace: { events: 120, eventMs: 8 },
};

/** Many clients with few requests each: 500 requests a second in all. */
export const THOUSAND: Workload = {
  name: 'small, 1,000 connections',
  title: '2 KB request, 1 KB JSON, each connection every 2 s',
  requestBytes: 2_000,
  reply: 'json',
  connections: 1_000,
  maxRequests: Number.POSITIVE_INFINITY,
  pauseMs: 2_000,
  isSpread: true,
};
