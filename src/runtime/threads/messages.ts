import type { MessagePort } from 'node:worker_threads';
import type { KnownMcpServer, McpConfig } from '../../mcp/discover/index.js';
import type { Budgets } from '../../model/budget.js';
import type { HeaderList } from '../../model/exchange.js';
import type { RunId } from '../../model/ids.js';
import type { PauseEvent, PauseId } from '../../model/paused-message.js';
import type { AnswerProgress } from '../../model/progress.js';
import type { RequestSummary } from '../../model/request.js';
import type { RuleFailure } from '../../model/rule-failure.js';
import type { Authority, Credentials, ProxyFact, UpstreamProxies } from '../../proxy/index.js';
import type { RuleSet } from '../../rules/index.js';
import type { PriceOverride } from '../../settings/config.js';
import type { RetentionPolicy } from '../../settings/retention.js';
import type { WireEvent } from '../../wire/index.js';
import type { RulesStart } from '../rules/traffic-rules.js';
import type { Care } from './care.js';

/**
 * The messages between the threads of a trace:
 *
 *   main ──start, recorder, close──▶ traffic ──events──▶ recorder ──committed──▶ main
 *                                            ◀───ack────           ──progress──▶
 *
 * main runs the child and talks to the user; traffic owns the event loop that the bytes depend on; recorder decodes,
 * attributes and writes. The threads of the HTTP API and of telemetry are connected only to main. All messages are plain data; ports and body
 * buffers are transferred.
 */

/** A restarted traffic thread gets the same again, so that port, CA and credentials stay. */
export interface TrafficStart {
  /** Memory of the WorkMarker that main watches. */
  workBuffer: SharedArrayBuffer;
  /** Null: the thread makes one for this run, and sends it when it listens. */
  authority: Authority | null;
  interceptHosts: string[];
  /** As in the options of the proxy. */
  sharedHosts: string[];
  credentials: Credentials | null;
  upstream: { proxies: UpstreamProxies; noProxy: string; ca: string[] };
  /** 0: a free port. */
  port: number;
  /** As in the options of the proxy. */
  maxRefusals?: number;
  /** Path of the socket where shims of MCP servers report; null: there are no shims. */
  shimSocket: string | null;
  /** Null: no rules act. */
  rules: RulesStart | null;
}

export type ToTraffic =
  /** Where wire events go from now on; null: nowhere. */
  | { type: 'recorder'; port: MessagePort | null }
  /** Let a message pass that a rule holds. */
  | { type: 'resume'; id: PauseId }
  /** Stop accepting, end what is open, send the last events, then `closed`. */
  | { type: 'close' }
  /** Everything is stored: end yourself. */
  | { type: 'exit' };

export type FromTraffic =
  | { type: 'listening'; port: number; authority: Authority }
  /** The proxy could not listen; the thread ends. */
  | { type: 'cannot_start'; message: string }
  /** Shims cannot report; the proxy works all the same. */
  | { type: 'no_shims'; message: string }
  | { type: 'fact'; fact: ProxyFact }
  | { type: 'pause'; event: PauseEvent }
  | { type: 'rule_failed'; failure: RuleFailure }
  /** The rules file has changed, and is valid. */
  | { type: 'rules_taken'; text: string }
  | { type: 'rules_problem'; message: string }
  /** Bodies were dropped because the recorder was too far behind. */
  | { type: 'shed'; exchanges: number }
  | { type: 'closed' }
  /** Repeatedly after `closed`: the number of exchanges that are not stored yet. */
  | { type: 'unstored'; exchanges: number };

/** Over the port between a tap and the recorder. */
export type ToRecorderPort = { type: 'events'; events: WireEvent[] } | { type: 'end' };
/** These exchanges are stored, or given up. */
export type FromRecorderPort = { type: 'ack'; exchanges: readonly string[] };

export interface RecorderStart {
  /** Memory of the SqliteGate that main may close. */
  gateBuffer: SharedArrayBuffer;
  /** Memory of the WorkMarker that main watches. */
  workBuffer: SharedArrayBuffer;
  /** By exchange. */
  careful: ReadonlyMap<string, Care>;
  database: string;
  redactionKey: string;
  /** Headers that the user's settings add to Claude Code's requests: their values are secrets. */
  secretHeaders: HeaderList;
  /** Servers in Claude Code's configuration, with their secrets; null: MCP is not recorded. */
  mcpServers: readonly KnownMcpServer[] | null;
  /** Which connectors of claude.ai are recorded: they are in no file. */
  mcpNames: Pick<McpConfig, 'mcp.include' | 'mcp.exclude'>;
  /** `host:port` of those that are read for nothing else. */
  mcpHosts: readonly string[];
  run: { id: RunId; pid: number; startedAt: number; command: string; cwd: string; version: string };
  prices: Record<string, PriceOverride>;
  /** Null: neither the configuration nor the command line has rules. */
  rules: RecorderRules | null;
  /** How much may stay in the database; the rest is removed while nothing has to be written. */
  retention: RetentionPolicy;
}

export interface RecorderRules {
  /** Rules of the configuration; null: it has none. */
  set: RuleSet | null;
  /** Rules of the command line act on the messages of MCP servers. */
  isRuled: boolean;
}

export type ToRecorder =
  /** The recorder's end of a line to a tap. */
  | { type: 'tap'; port: MessagePort }
  /** A failure to store. */
  | { type: 'incident'; code: string; message: string; at: number }
  /** Whether anybody wants to see answers grow. */
  | { type: 'watch'; watched: boolean }
  /** In place of those of the start. Earlier secrets stay secret. */
  | { type: 'mcp_servers'; servers: readonly KnownMcpServer[] }
  /**
   * No more events will come: write everything, then send `drained`. Ends when nothing could be written for `timeoutMs`.
   * Sent again with 0: end at once.
   */
  | { type: 'finish'; timeoutMs: number };

export type FromRecorder =
  /** Without rows: only rows of MCP changed. */
  | { type: 'committed'; rows: RequestSummary[] }
  /** Answers that grew; never after their end is committed. */
  | { type: 'progress'; answers: AnswerProgress[] }
  /** Something the user must know, sent once for each code. */
  | { type: 'problem'; code: string; message: string }
  | { type: 'mcp_servers_known' }
  | { type: 'drained'; lost: number };

export interface ApiStart {
  /** Memory of the SqliteGate that main may close. */
  gateBuffer: SharedArrayBuffer;
  paths: { database: string; apiToken: string };
  prices: Record<string, PriceOverride>;
  budgets: Budgets;
  /** 0: a free port. */
  port: number;
}

export type ToApi =
  | { type: 'progress'; answers: readonly AnswerProgress[] }
  /** End what is under way, then yourself. */
  | { type: 'close' };

export type FromApi =
  /** Requests are answered from now on. */
  | { type: 'serving' }
  | { type: 'problem'; message: string }
  /** Whether any client follows answers while they come. */
  | { type: 'followed'; followed: boolean };

export interface TelemetryStart {
  /** Memory of the SqliteGate that main may close. */
  gateBuffer: SharedArrayBuffer;
  database: string;
  endpoint: string;
  withContent: boolean;
  /** Attributes of every resource. */
  attributes: Record<string, string>;
  /** Unix ms: the beginning of the run. */
  since: number;
}

/** Asks the thread to send all committed rows, and then to end. */
export type ToTelemetry = { type: 'close' };

/** A message for the user. */
export type FromTelemetry = { type: 'problem'; code: string; message: string };
