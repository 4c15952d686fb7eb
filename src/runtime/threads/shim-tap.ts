import { listenForShims, type ShimServer } from '../../mcp/socket/listen.js';
import type { PauseId } from '../../model/paused-message.js';
import type { McpEvent } from '../../wire/index.js';
import type { RulesFile } from '../rules/read-rules.js';
import type { TrafficRules } from '../rules/traffic-rules.js';
import type { Tap, TapContext } from '../tap.js';
import { EventSender } from './event-sender.js';

/** How often the trace learns how much is left to store. */
const UNSTORED_MS = 200;

export interface ShimTapOptions {
  /** Path of the socket, in a private folder that exists. */
  socket: string;
  /** A rules file that is valid; null: no rules act. Default: null. */
  rules?: RulesFile | null;
  /** A shim is connected. */
  onOpened(): void;
  /** A shim has reported the end of its server, or is gone. */
  onClosed(): void;
}

/** Shims of MCP servers without a proxy beside them: listens in this thread, which carries no traffic. */
export class ShimTap implements Tap {
  readonly #options: ShimTapOptions;
  readonly #sender = new EventSender(() => {});
  #trace: TapContext | null = null;
  #shims: ShimServer | null = null;
  #rules: TrafficRules | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: ShimTapOptions) {
    this.#options = options;
  }

  async start(trace: TapContext): Promise<void> {
    this.#trace = trace;
    this.reconnectRecorder();
    this.#rules = await this.#startRules(trace);
    this.#shims = await listenForShims(
      this.#options.socket,
      (event: McpEvent) => {
        this.#sender.send(event);
        if (event.type === 'mcp_opened') this.#options.onOpened();
        if (event.type === 'mcp_closed') this.#options.onClosed();
      },
      this.#rules?.forShims ?? null,
    );
    this.#rules?.serve(this.#shims);
  }

  async #startRules(trace: TapContext): Promise<TrafficRules | null> {
    const { rules } = this.#options;
    if (!rules) return null;
    const { startTrafficRules } = await import('../rules/traffic-rules.js');
    return startTrafficRules({
      ...rules,
      copy: null,
      http: { servers: [], hosts: [] },
      emit() {},
      onPause: trace.onPause,
      onRuleFailed: trace.onRuleFailed,
      onTaken: trace.onRulesTaken,
      onProblem(message) {
        trace.noteIncident('rules', message, Date.now());
        trace.onProblem('rules', message);
      },
    });
  }

  reconnectRecorder(): void {
    this.#sender.attach(this.#trace?.connectRecorder() ?? null);
  }

  resume(id: PauseId): void {
    this.#shims?.resume(id);
  }

  async close(): Promise<void> {
    this.#rules?.stop();
    await this.#shims?.close();
    this.#sender.end();
    this.#timer = setInterval(() => this.#trace?.onUnstored(this.#sender.unstored), UNSTORED_MS).unref();
  }

  end(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#sender.attach(null);
  }
}
