import { describeError } from '../../base/error-text.js';
import { ReportedPauses } from '../../mcp/socket/reported-pauses.js';
import type { PauseId } from '../../model/paused-message.js';
import {
  type Authority,
  type Credentials,
  createCredentials,
  type ProxyFact,
  type Proxy as RunningProxy,
} from '../../proxy/index.js';
import { counted } from '../../text/units.js';
import type { LaunchPlan } from '../launch-plan.js';
import type { RulesStart } from '../rules/traffic-rules.js';
import type { Tap, TapContext } from '../tap.js';
import type { FromTraffic, ToTraffic } from './messages.js';
import { spawnThread } from './spawn.js';
import { SupervisedThread } from './supervised-thread.js';

const MAX_RESTARTS = 3;
/** Closing takes milliseconds; a thread that needs longer is stuck. */
const CLOSE_TIMEOUT_MS = 2_000;
/** No byte moves while the thread is stuck, and Claude Code retries what is reset. */
const STALL_MS = 15_000;

export interface ProxyTapOptions {
  plan: LaunchPlan;
  /** Null: one for this run alone. */
  authority: Authority | null;
  /** 0: a free port. */
  port: number;
  /** PEM texts of authorities that upstream may be signed by, besides those that Node and the system trust. */
  ca?: string[];
  /** The client will probably not trust our certificate: after one refusal its connections pass unread. */
  expectsRefusal?: boolean;
  /** Path of the socket where shims of MCP servers report, in a private folder that exists. Default: there are no shims. */
  shimSocket?: string | null;
  /** A rules file that is valid; null: no rules act. Default: null. */
  rules?: RulesStart | null;
  onFact(fact: ProxyFact): void;
}

/** Where clients find the proxy, and whom they must trust. */
export interface ListeningProxy {
  port: number;
  credentials: Credentials;
  certificatePem: string;
}

/**
 * The proxy, in a thread of its own. Port, authority and credentials stay the same for as long as the command runs, whatever
 * happens to the thread: it is restarted, and after too many crashes main serves the port as a blind tunnel.
 */
export class ProxyTap implements Tap {
  readonly #options: ProxyTapOptions;
  readonly #credentials = createCredentials();
  readonly #thread: SupervisedThread<ToTraffic, FromTraffic>;
  #trace: TapContext | null = null;
  #listening: { port: number; authority: Authority } | null = null;
  /** Why the thread could not listen, in its own words. */
  #refusal: string | null = null;
  /** Why the thread before this one ended. */
  #crash = '';
  #blind: RunningProxy | null = null;
  #isClosing = false;
  readonly #pauses = new ReportedPauses((event) => this.#trace?.onPause(event));
  /** The last valid version of the rules. */
  #rules: RulesStart | null;
  #onStarted: (failure: Error | null) => void = () => {};
  #onClosed: () => void = () => {};

  /** @param spawn tests replace it */
  constructor(options: ProxyTapOptions, spawn: typeof spawnThread = spawnThread) {
    this.#options = options;
    this.#rules = options.rules ?? null;
    this.#thread = new SupervisedThread({
      boot: ({ marker }) =>
        spawn('traffic', {
          workBuffer: marker.buffer,
          authority: this.#listening?.authority ?? options.authority,
          interceptHosts: options.plan.interceptHosts,
          sharedHosts: options.plan.mcpHosts,
          ...(options.expectsRefusal && { maxRefusals: 1 }),
          shimSocket: options.shimSocket ?? null,
          rules: this.#rules,
          ...this.#sharedOptions(),
        }),
      maxRestarts: MAX_RESTARTS,
      stallMs: STALL_MS,
      onMessage: (message) => this.#receive(message),
      onExit: ({ cause }) => this.#onExit(cause),
    });
  }

  /** @throws Error before `start` has resolved */
  get listening(): ListeningProxy {
    if (this.#listening === null) throw new Error('The proxy does not listen yet.');
    const { port, authority } = this.#listening;
    return { port, credentials: this.#credentials, certificatePem: authority.certificatePem };
  }

  async start(trace: TapContext): Promise<void> {
    this.#trace = trace;
    const failure = await new Promise<Error | null>((resolve) => {
      this.#onStarted = resolve;
      this.#thread.start();
    });
    if (failure !== null) throw failure;
  }

  reconnectRecorder(): void {
    if (this.#thread.life === null) return;
    const port = this.#trace?.connectRecorder() ?? null;
    this.#thread.post({ type: 'recorder', port }, port ? [port] : []);
  }

  resume(id: PauseId): void {
    this.#thread.post({ type: 'resume', id });
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#blind?.close();
    if (this.#thread.life === null) return;
    const deadline = setTimeout(() => this.#thread.terminate(), CLOSE_TIMEOUT_MS);
    await new Promise<void>((resolve) => {
      this.#onClosed = resolve;
      this.#thread.post({ type: 'close' });
    });
    clearTimeout(deadline);
  }

  end(): void {
    this.#thread.post({ type: 'exit' });
  }

  /** What a proxy needs whether it reads the traffic or not. */
  #sharedOptions() {
    const { plan, port, ca = [] } = this.#options;
    return {
      credentials: this.#credentials,
      // Node trusts what NODE_EXTRA_CA_CERTS named when we started, in every thread.
      upstream: { proxies: plan.upstreamProxies, noProxy: plan.noProxy, ca },
      port: this.#listening?.port ?? port,
    };
  }

  #receive(message: FromTraffic): void {
    switch (message.type) {
      case 'listening':
        this.#onListening(message);
        break;
      case 'cannot_start':
        this.#refusal = message.message;
        break;
      case 'no_shims':
        this.#trace?.onProblem('no_shims', `Stdio MCP servers were not recorded: ${message.message}.`);
        break;
      case 'fact':
        this.#noteFact(message.fact);
        break;
      case 'pause':
        this.#pauses.take(message.event);
        break;
      case 'rule_failed':
        this.#trace?.onRuleFailed(message.failure);
        break;
      case 'rules_taken':
        this.#trace?.onRulesTaken();
        if (this.#rules !== null) this.#rules = { ...this.#rules, text: message.text };
        break;
      case 'rules_problem':
        this.#trace?.noteIncident('rules', message.message, Date.now());
        this.#trace?.onProblem('rules', message.message);
        break;
      case 'shed':
        this.#trace?.onProblem(
          'shed',
          `The recorder is too far behind: bodies of ${counted(message.exchanges, 'request')} were cut.`,
        );
        break;
      case 'unstored':
        this.#trace?.onUnstored(message.exchanges);
        break;
      case 'closed':
        this.#onClosed();
    }
  }

  #onListening({ port, authority }: { port: number; authority: Authority }): void {
    if (this.#isClosing) {
      // Restarted when `close` had already been called.
      this.#thread.terminate();
      return;
    }
    const isRestarted = this.#listening !== null;
    this.#listening = { port, authority };
    this.reconnectRecorder();
    if (isRestarted) {
      this.#trace?.onProblem(
        'traffic_restarted',
        `The proxy failed and was started again (${this.#crash}); open requests were reset; Claude Code retries them.`,
      );
    } else this.#onStarted(null);
  }

  #onExit(cause: string): void {
    this.#pauses.releaseAll();
    if (this.#listening === null) {
      this.#onStarted(new Error(this.#refusal ?? `the traffic thread ended before it listened (${cause})`));
    } else if (this.#isClosing) this.#onClosed();
    else {
      this.#crash = this.#refusal ?? cause;
      this.#refusal = null;
      if (!this.#thread.restart()) void this.#goBlind();
    }
  }

  /** A failed connection is kept as an incident: a request that never got out leaves no other trace. */
  #noteFact(fact: ProxyFact): void {
    if (fact.type === 'failed') this.#trace?.noteIncident(fact.failure.kind, fact.failure.message, fact.at);
    if (fact.type === 'observer_failed') this.#trace?.noteIncident(fact.type, `${fact.host}: ${fact.message}`, fact.at);
    this.#options.onFact(fact);
  }

  /** Serves the port from main, reading nothing: traffic goes on where tracing cannot. Never rejects. */
  async #goBlind(): Promise<void> {
    try {
      const { startProxy } = await import('./blind-proxy.js');
      this.#blind = await startProxy({
        ...this.#sharedOptions(),
        authority: null,
        interceptHosts: [],
        openObserver: () => null,
        onFact: (fact) => this.#noteFact(fact),
      });
      this.#trace?.onProblem(
        'traffic_blind',
        `The proxy failed again (${this.#crash}); traffic goes on untraced until the command ends.`,
      );
    } catch (error) {
      this.#trace?.onProblem(
        'traffic_gone',
        `The proxy failed and its port could not be served again (${describeError(error)}); restart the command.`,
      );
    }
  }
}
