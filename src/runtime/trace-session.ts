import { basename } from 'node:path';
import type { HeaderList } from '../model/exchange.js';
import { newRunId, type RunId } from '../model/ids.js';
import type { ProgressEvent } from '../model/progress.js';
import { type Authority, type Credentials, createCredentials, type ProxyFact } from '../proxy/index.js';
import type { Config } from '../settings/config.js';
import type { Paths } from '../settings/paths.js';
import { retentionPolicy } from '../settings/retention.js';
import { VERSION } from '../settings/version.js';
import type { RequestRow } from '../store/index.js';
import type { LaunchPlan } from './launch-plan.js';
import { createProgressBoard } from './progress-board.js';
import { RecorderSupervisor } from './threads/recorder-supervisor.js';
import { type CrashOutcome, TrafficSupervisor } from './threads/traffic-supervisor.js';

/** How long the end of a session tries a database that does not take the last rows. */
const DRAIN_TIMEOUT_MS = 3_000;

export interface TraceOptions {
  plan: LaunchPlan;
  config: Config;
  paths: Paths;
  /** PEM texts of authorities that upstream may be signed by, besides those that Node and the system trust. */
  ca?: string[];
  /** The client is known not to take our certificate, or may not: one refusal is enough to let it pass unread. */
  expectsRefusal?: boolean;
  /** Null: one for this session alone. */
  authority: Authority | null;
  /** 0: a free port. */
  port: number;
  /** Header lines whose values are secrets, beside those whose names say so. Default: none. */
  secretHeaders?: HeaderList;
  /** What is traced; its first word is kept, its arguments may hold secrets. */
  command: readonly string[];
  onCommitted(rows: RequestRow[]): void;
  onFact(fact: ProxyFact): void;
  /** Once `stop` was called, now and then: how many exchanges are still to be stored. */
  onUnstored?(exchanges: number): void;
  /** Something the user must know; each kind comes once. */
  onProblem(code: string, message: string): void;
}

export interface TraceSession {
  runId: RunId;
  port: number;
  credentials: Credentials;
  certificatePem: string;
  /** Calls back whenever something was committed, as soon as this thread knows. */
  onCommit(listener: () => void): void;
  /**
   * Tells of answers while they come, ten times a second at most; those that are coming already at once. Costs nothing while
   * nobody listens.
   * @returns ends the subscription
   */
  onProgress(listener: (event: ProgressEvent) => void): () => void;
  /**
   * Ends the proxy, then waits until everything captured is stored, however long that goes on; for a few seconds in which
   * nothing is; or until `hurry`.
   * @returns how many requests and responses are known to be lost
   */
  stop(hurry: AbortSignal): Promise<{ lost: number }>;
}

/**
 * Starts proxy and recorder and joins them: the one place that wires the stages together.
 * @throws Error when the proxy cannot listen; the caller then runs the child without it.
 */
export async function startTrace(options: TraceOptions): Promise<TraceSession> {
  const { plan, config, paths, authority } = options;
  const credentials = createCredentials();
  const runId = newRunId();
  const listeners: (() => void)[] = [];
  const board = createProgressBoard((watched) => recorder.watch(watched));
  const recorder: RecorderSupervisor = new RecorderSupervisor(
    {
      database: paths.database,
      redactionKey: paths.redactionKey,
      secretHeaders: options.secretHeaders ?? [],
      run: {
        id: runId,
        pid: process.pid,
        startedAt: Date.now(),
        command: basename(options.command[0] ?? ''),
        cwd: process.cwd(),
        version: VERSION,
      },
      prices: config.prices,
      retention: retentionPolicy(config),
    },
    {
      onCommitted(rows) {
        options.onCommitted(rows);
        for (const listener of listeners) listener();
        board.committed(rows);
      },
      onProgress: board.grown,
      onProblem: options.onProblem,
      onRestarted: () => traffic?.reconnectRecorder(),
      onGone: () => traffic?.reconnectRecorder(),
    },
  );
  let traffic: TrafficSupervisor | null = null;
  try {
    traffic = await TrafficSupervisor.start(
      {
        authority,
        interceptHosts: plan.interceptHosts,
        credentials,
        // Node trusts what NODE_EXTRA_CA_CERTS named when we started, in every thread.
        upstream: { proxies: plan.upstreamProxies, noProxy: plan.noProxy, ca: options.ca ?? [] },
        port: options.port,
        ...(options.expectsRefusal && { maxRefusals: 1 }),
      },
      {
        onFact: (fact) => {
          recorder.noteFact(fact);
          options.onFact(fact);
        },
        onUnstored: options.onUnstored ?? (() => {}),
        onShed: (exchanges) =>
          options.onProblem('shed', `The recorder is too far behind: bodies of ${exchanges} exchange(s) were cut.`),
        onCrash: (cause, outcome) => options.onProblem(`traffic_${outcome}`, describeCrash(cause, outcome)),
        connectRecorder: () => recorder.connect(),
      },
    );
  } catch (error) {
    await recorder.finish(0, AbortSignal.abort());
    throw error;
  }
  const running = traffic;
  return {
    runId,
    port: running.port,
    credentials,
    certificatePem: running.certificatePem,
    onCommit: (listener) => void listeners.push(listener),
    onProgress: board.subscribe,
    stop: async (hurry) => {
      await running.close();
      const end = await recorder.finish(DRAIN_TIMEOUT_MS, hurry);
      running.end();
      return end;
    },
  };
}

function describeCrash(cause: string, outcome: CrashOutcome): string {
  switch (outcome) {
    case 'restarted':
      return `The proxy failed and was started again (${cause}); open requests were reset, Claude Code retries them.`;
    case 'blind':
      return `The proxy failed again (${cause}); traffic goes on untraced until the command ends.`;
    case 'gone':
      return `The proxy failed and its port could not be served again (${cause}); restart the command.`;
  }
}
