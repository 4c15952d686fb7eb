import { basename } from 'node:path';
import type { KnownMcpServer } from '../mcp/discover/index.js';
import type { HeaderList } from '../model/exchange.js';
import { newRunId, type RunId } from '../model/ids.js';
import type { PausedMessage, PauseId } from '../model/paused-message.js';
import type { ProgressEvent } from '../model/progress.js';
import type { RequestSummary } from '../model/request.js';
import type { RuleFailure } from '../model/rule-failure.js';
import type { Config } from '../settings/config.js';
import type { Paths } from '../settings/paths.js';
import { retentionPolicy } from '../settings/retention.js';
import { VERSION } from '../settings/version.js';
import { createFailureBoard } from './failure-board.js';
import { createPauseBoard } from './pause-board.js';
import { createProgressBoard } from './progress-board.js';
import type { Tap } from './tap.js';
import type { RecorderRules } from './threads/messages.js';
import { RecorderSupervisor } from './threads/recorder-supervisor.js';
import { AFTER_START_MS } from './threads/spawn.js';

/** How long the end of a run tries to write the last rows. */
const DRAIN_TIMEOUT_MS = 3_000;

export interface TraceOptions {
  /** Where the traffic is seen. */
  taps: readonly Tap[];
  config: Config;
  paths: Paths;
  /** Headers whose values are secrets although their names do not say so. Default: none. */
  secretHeaders?: HeaderList;
  /** MCP servers that are known before the command starts; null: MCP is not recorded. Default: null. */
  mcpServers?: readonly KnownMcpServer[] | null;
  /** `host:port` of those whose hosts are read for nothing else. Default: none. */
  mcpHosts?: readonly string[];
  /** Default: no rules. */
  rules?: RecorderRules | null;
  /** The traced command. Only its first word is stored: its arguments may hold secrets. */
  command: readonly string[];
  /**
   * The recorder's thread boots a second later, or earlier when `record` or `stop` is called, and then gets all earlier traffic.
   * Default: it boots at once.
   */
  recordsLater?: boolean;
  onCommitted(rows: RequestSummary[]): void;
  /** After `stop`, repeatedly: how many exchanges are still to be stored. */
  onUnstored?(exchanges: number): void;
  /** Something the user must know. */
  onProblem(code: string, message: string): void;
}

export interface TraceSession {
  runId: RunId;
  /** Boots the recorder's thread now, if it has not booted yet. */
  record(): void;
  /** Other servers than those of the start. Resolves when traffic is recorded accordingly. */
  useMcpServers(servers: readonly KnownMcpServer[]): Promise<void>;
  /** Calls back after every commit. */
  onCommit(listener: () => void): void;
  /**
   * Reports answers while they come, at most ten times a second, beginning with those that are open now. Costs nothing while
   * there is no listener.
   * @returns ends the subscription
   */
  onProgress(listener: (event: ProgressEvent) => void): () => void;
  /** Messages that rules hold now, oldest first. */
  paused(): readonly PausedMessage[];
  /** Calls back when that list has changed. @returns ends the subscription */
  onPaused(listener: () => void): () => void;
  /** Failures of the rules that act now, one for each rule that failed. */
  ruleFailures(): readonly RuleFailure[];
  /** Lets a message pass that a rule holds. */
  resume(id: PauseId): void;
  /**
   * Ends the taps, then waits until everything captured is stored: for as long as rows are being stored, for a few seconds
   * when none can be, or until `hurry`.
   * @returns how many requests and responses are known to be lost
   */
  stop(hurry: AbortSignal): Promise<{ lost: number }>;
}

/**
 * Starts the recorder and the taps, and connects them.
 * @throws Error when a tap cannot start; nothing runs then
 */
export async function startTrace(options: TraceOptions): Promise<TraceSession> {
  const { taps, config, paths, onProblem } = options;
  const runId = newRunId();
  const commitListeners: (() => void)[] = [];
  const pauses = createPauseBoard();
  const failures = createFailureBoard();
  const board = createProgressBoard((watched) => recorder.watch(watched));
  const recorder: RecorderSupervisor = new RecorderSupervisor(
    {
      database: paths.database,
      redactionKey: paths.redactionKey,
      secretHeaders: options.secretHeaders ?? [],
      mcpServers: options.mcpServers ?? null,
      mcpNames: { 'mcp.include': config['mcp.include'], 'mcp.exclude': config['mcp.exclude'] },
      mcpHosts: options.mcpHosts ?? [],
      run: {
        id: runId,
        pid: process.pid,
        startedAt: Date.now(),
        command: basename(options.command[0] ?? ''),
        cwd: process.cwd(),
        version: VERSION,
      },
      prices: config.prices,
      rules: options.rules ?? null,
      retention: retentionPolicy(config),
    },
    {
      onCommitted(rows) {
        options.onCommitted(rows);
        for (const listener of commitListeners) listener();
        board.committed(rows);
      },
      onProgress: board.grown,
      onProblem,
      onReconnect: () => {
        for (const tap of taps) tap.reconnectRecorder();
      },
    },
  );
  if (!options.recordsLater) recorder.start();
  const unstored = new Map<Tap, number>();

  async function stop(timeoutMs: number, hurry: AbortSignal): Promise<{ lost: number }> {
    await Promise.all(taps.map((tap) => tap.close()));
    const end = await recorder.finish(timeoutMs, hurry);
    for (const tap of taps) tap.end();
    return end;
  }

  try {
    for (const tap of taps) {
      await tap.start({
        connectRecorder: () => recorder.connect(),
        noteIncident: (code, message, at) => recorder.noteIncident(code, message, at),
        onUnstored(exchanges) {
          unstored.set(tap, exchanges);
          options.onUnstored?.([...unstored.values()].reduce((sum, each) => sum + each, 0));
        },
        onPause: pauses.take,
        onRuleFailed: failures.take,
        onRulesTaken: failures.clear,
        onProblem,
      });
    }
  } catch (error) {
    await stop(0, AbortSignal.abort());
    throw error;
  }
  const record = () => recorder.start();
  if (options.recordsLater) setTimeout(record, AFTER_START_MS).unref();
  return {
    runId,
    record,
    useMcpServers: (servers) => recorder.useMcpServers(servers),
    onCommit: (listener) => void commitListeners.push(listener),
    onProgress: board.subscribe,
    paused: pauses.paused,
    onPaused: pauses.subscribe,
    ruleFailures: failures.failures,
    resume(id) {
      for (const tap of taps) tap.resume(id);
    },
    stop(hurry) {
      record();
      return stop(DRAIN_TIMEOUT_MS, hurry);
    },
  };
}
