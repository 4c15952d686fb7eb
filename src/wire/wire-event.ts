import type { HeaderList } from '../model/exchange.js';
import type { McpScope, McpSender } from '../model/mcp.js';
import type { RuleHit } from '../model/rule.js';

/**
 * What taps report: plain data that crosses from their thread to the recorder's. Each tap has a member here; another tap joins
 * as a further member (`HttpEvent | McpEvent`), whose `type`s are its own. `exchange` is the ULID of the record that an event
 * belongs to. The sender keeps an event until the recorder acknowledges that record, so every tap's records must be
 * acknowledged (`acknowledge` in runtime/threads/recorder.ts). Code that reads one tap's events takes that member; only what
 * carries events for all taps (the sender between the threads) takes `WireEvent`.
 */
export type WireEvent = HttpEvent | McpEvent;

/**
 * What an observer of HTTP saw.
 *
 * For one exchange the order is: request_head, request_body*, request_end, and, interleaved with them from the first
 * response byte on, response_head, response_body*, response_end; then settled, always last and exactly once. An exchange
 * that breaks goes straight to settled. A server may answer before the request has ended (early 413).
 * Times (`at`) are unix milliseconds with fractions.
 */
export type HttpEvent =
  | {
      type: 'request_head';
      /** Shared part of the ids of this exchange, a lower-case ULID: see model/ids. */
      exchange: string;
      host: string;
      port: number;
      scheme: 'https' | 'http';
      method: string;
      /** Request target as sent: origin form, or absolute form on plain proxying. */
      target: string;
      /** `1.0`, `1.1` or `2`. */
      httpVersion: string;
      headers: HeaderList;
      /** First byte of the request. */
      at: number;
    }
  /** Entity bytes, transfer coding removed, content coding kept. */
  | { type: 'request_body'; exchange: string; bytes: Uint8Array; at: number }
  | { type: 'request_end'; exchange: string; size: number; truncated: boolean; at: number }
  /** Header lines that the server gets besides those of the head. Never stored: they tell which secrets bodies may repeat. */
  | { type: 'request_secrets'; exchange: string; headers: HeaderList; at: number }
  | {
      type: 'response_head';
      exchange: string;
      status: number;
      reason: string;
      httpVersion: string;
      headers: HeaderList;
      /** First byte of the response. */
      at: number;
    }
  | { type: 'response_body'; exchange: string; bytes: Uint8Array; at: number }
  | { type: 'response_end'; exchange: string; size: number; truncated: boolean; at: number }
  /**
   * A message of MCP that rules applied to, before the event with its last byte. Bodies have what the receiver got and, of a message
   * that was dropped on its way to the server, what was sent. One that was dropped on its way to the client is in no body.
   */
  | { type: 'mcp_ruled'; exchange: string; line: RuledLine; at: number }
  | {
      type: 'settled';
      exchange: string;
      /** complete: both messages ended as HTTP says; failed: upstream broke; aborted: the client left first. */
      outcome: 'complete' | 'failed' | 'aborted';
      /** Why it is not complete, as one clear sentence; null when it is. */
      error: string | null;
      /** Why the observation is not whole though the traffic went on (unparsable HTTP), else null. */
      degraded: string | null;
      /** First request byte written upstream; last response byte accepted by the client; null when never. */
      forwarded: number | null;
      delivered: number | null;
      at: number;
    };

/**
 * What a shim between Claude Code and a stdio server saw. Each event is a record of its own, with its own ULID in `exchange`;
 * `connection` is the ULID of its connection. Times are unix milliseconds with fractions.
 */
export type McpEvent =
  | {
      type: 'mcp_opened';
      exchange: string;
      connection: string;
      name: string;
      scope: McpScope | null;
      target: string;
      sessionId: string | null;
      /** A replay answers for the server. Default: false. */
      synthetic?: boolean;
      at: number;
    }
  /** Lines that were seen within a few ms, in order: at most 256, or 1 MB, except one long line. */
  | { type: 'mcp_lines'; exchange: string; connection: string; at: number; lines: McpLine[] }
  | { type: 'mcp_closed'; exchange: string; connection: string; exit: string | null; lost: number; at: number };

export interface McpLine {
  sender: McpSender;
  /** Without the line end; only the beginning where `truncated`. */
  bytes: Uint8Array;
  size: number;
  truncated: boolean;
  /** The last bytes of a line that is truncated, as far as they are known. */
  tail?: Uint8Array;
  at: number;
  /** What rules did with it. Not set where none applied, and it did not wait for another. */
  ruled?: McpRuling;
}

export type RuledLine = McpLine & { ruled: McpRuling };

/** What rules did with a message. `bytes` of its line are what the receiver got. */
export interface McpRuling {
  /** As it was sent; null where it was not changed. */
  original: Uint8Array | null;
  /** A rule made it: the answer to a request that was dropped. Its hits are those of the request. */
  made: boolean;
  /** It was not passed on; `bytes` are as it was sent. */
  dropped: boolean;
  /** How long a delay, a pause or a message before it held it: it was sent that long before its time. 0: not at all. */
  heldMs: number;
  hits: RuleHit[];
  /** JSONPaths in `bytes` and `original` whose values must not be stored. */
  redactions: string[];
}

/** Must not throw and must not block. */
export type EmitHttpEvent = (event: HttpEvent) => void;
