import { asBuffer } from '../../base/as-buffer.js';
import { now } from '../../base/clock.js';
import type { McpSender } from '../../model/mcp.js';
import type { PausedMessage, PauseEvent, PauseId } from '../../model/paused-message.js';
import type { RateLimit, RuleDecision, RuleStep } from '../../rules/index.js';
import type { RuledLine } from '../../wire/index.js';
import { connectionId } from '../connection-id.js';
import type { RpcId } from '../messages/read-messages.js';
import { type MessageHead, OTHER, readHead } from './message-head.js';

/** How a message of one sender goes on its way. Each is called at most once. */
export interface Outlet {
  /**
   * To the receiver.
   * @param changed null if it is sent as it came
   * @param bytesPerSecond null to send it at once
   */
  pass(changed: Buffer | null, bytesPerSecond: number | null): void;
  /** Back to the sender of a request, which is not passed on. @param rateLimit null if the answer is not about a rate limit */
  answer(bytes: Buffer, rateLimit: RateLimit | null): void;
  /** It is not passed on, and nobody answers. @param isUnwanted true if nobody waits for it any more, false if a rule swallows it */
  drop(isUnwanted: boolean): void;
  /** It is not passed on, and the connection ends. */
  close(): void;
}

/** The context of a lane, which it shares with the other one of its connection. */
export interface LaneContext {
  sender: McpSender;
  server: string;
  /** Method and name of the request that an answer belongs to. */
  requestOf(id: RpcId): MessageHead | null;
  /** A message that rules applied to, or that waited for one, goes on its way now. */
  report(line: RuledLine): void;
  onPause(event: PauseEvent): void;
  /** Fewer messages are held than before. */
  onRelieved(): void;
}

interface Held {
  bytes: Buffer;
  head: MessageHead;
  steps: RuleStep[];
  decision: RuleDecision | null;
  outlet: Outlet;
  since: number;
  wasHeld: boolean;
  changed: Buffer | null;
  bytesPerSecond: number | null;
  /** Called when its turn comes; null while a step holds it. */
  end: (() => void) | null;
  timer: NodeJS.Timeout | null;
  paused: PausedMessage | null;
}

/**
 * The messages of one sender on their way through the steps that rules decided on. A message that is held holds no other one, except
 * that notifications keep their order, and that no answer overtakes a notification before it: progress must not come after the
 * answer. So requests overtake all that is held, and are overtaken.
 */
export class Lane {
  readonly #context: LaneContext;
  readonly #held: Held[] = [];
  #heldBytes = 0;
  #onEmpty: (() => void) | null = null;

  constructor(context: LaneContext) {
    this.#context = context;
  }

  /** While it is true, every message of the sender must be given to `take`. */
  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** The messages that wait for a person. */
  get paused(): readonly PausedMessage[] {
    return this.#held.flatMap(({ paused }) => paused ?? []);
  }

  /**
   * @param decision null if no rule applies
   * @returns false if it may pass at once as it came; `outlet` is then not called
   */
  take(bytes: Buffer, decision: RuleDecision | null, outlet: Outlet): boolean {
    const steps = [...(decision?.steps ?? [])];
    const isHeld = steps.some((step) => step.do === 'delay' || step.do === 'pause');
    // Only then does its place among others matter.
    const head = isHeld || this.isHolding ? readHead(bytes) : null;
    const message: Held = {
      bytes,
      head: head ?? OTHER,
      steps,
      decision,
      outlet,
      since: now(),
      wasHeld: false,
      changed: null,
      bytesPerSecond: null,
      end: null,
      timer: null,
      paused: null,
    };
    this.#advance(message);
    if (message.end !== null && !this.#mustWait(message)) {
      if (decision === null) return false;
      message.end();
      return true;
    }
    message.wasHeld = true;
    this.#held.push(message);
    this.#heldBytes += bytes.length;
    return true;
  }

  /** Lets a paused message pass. @returns false if it is not here */
  resume(id: PauseId): boolean {
    const message = this.#held.find(({ paused }) => paused?.id === id);
    if (message === undefined) return false;
    this.#advance(message);
    this.#settle();
    return true;
  }

  /** Nobody waits any longer for this request, or for the answer to it: it is dropped while it is held. */
  cancel(id: RpcId, kind: 'request' | 'answer'): void {
    for (const message of this.#held) {
      if (message.head.kind === kind && message.head.id === id) this.#drop(message);
    }
    this.#settle();
  }

  /**
   * The sender has ended: what is paused is dropped, since nobody waits for it.
   * @param then called when nothing is held any more
   */
  end(then: () => void): void {
    this.#onEmpty = then;
    this.dropPaused();
  }

  /** @param then called once no message is held; the next call replaces it */
  whenEmpty(then: () => void): void {
    this.#onEmpty = then;
    this.#settle();
  }

  dropPaused(): void {
    for (const message of this.#held) if (message.paused !== null) this.#drop(message);
    this.#settle();
  }

  /** The receiver is gone: drops all held messages. */
  abort(): void {
    for (const message of this.#held) this.#drop(message);
    this.#settle();
  }

  /** Does the next steps, until one holds the message. */
  #advance(message: Held): void {
    this.#release(message);
    for (let step = message.steps.shift(); step !== undefined; step = message.steps.shift()) {
      switch (step.do) {
        case 'delay':
          this.#wait(message, step.ms);
          return;
        case 'pause':
          this.#pause(message, step.rule, step.limitMs);
          return;
        case 'replace':
          message.changed = asBuffer(step.bytes);
          break;
        case 'slow':
          message.bytesPerSecond = step.bytesPerSecond;
          break;
        case 'answer': {
          const answer = asBuffer(step.bytes);
          const { rateLimit = null } = step;
          message.end = () => this.#answer(message, answer, rateLimit);
          return;
        }
        case 'drop':
          message.end = () => this.#dropped(message, () => message.outlet.drop(false));
          return;
        case 'close':
          message.end = () => this.#dropped(message, () => message.outlet.close());
          return;
      }
    }
    message.end = () => this.#pass(message);
  }

  #wait(message: Held, ms: number): void {
    message.timer = setTimeout(() => {
      this.#advance(message);
      this.#settle();
    }, ms);
  }

  #pause(message: Held, rule: string, limitMs: number): void {
    const { head } = message;
    const asked = head.kind === 'answer' && head.id !== null ? this.#context.requestOf(head.id) : head;
    const since = Math.round(now());
    message.paused = {
      id: `pause_${connectionId(since)}`,
      rule,
      server: this.#context.server,
      method: asked?.method ?? null,
      name: asked?.name ?? null,
      since,
      limitMs,
      alerts: alertsOf(message.decision),
    };
    this.#context.onPause({ type: 'paused', message: message.paused });
    this.#wait(message, limitMs);
  }

  /** It is not delayed or paused any more. */
  #release(message: Held): void {
    if (message.timer) clearTimeout(message.timer);
    message.timer = null;
    const { paused } = message;
    message.paused = null;
    if (paused !== null) this.#context.onPause({ type: 'released', id: paused.id });
  }

  #mustWait({ head }: Held): boolean {
    return (
      head.kind !== 'request' &&
      head.kind !== 'other' &&
      this.#held.some((before) => before.head.kind === 'notification')
    );
  }

  /** Ends all whose steps are done, and that wait for nothing before them. */
  #settle(): void {
    let isBehindNotification = false;
    const ended: Held[] = [];
    for (const message of this.#held) {
      const { kind } = message.head;
      const isFree = kind === 'request' || kind === 'other' || !isBehindNotification;
      if (message.end !== null && isFree) ended.push(message);
      else isBehindNotification ||= kind === 'notification';
    }
    for (const message of ended) {
      this.#held.splice(this.#held.indexOf(message), 1);
      this.#heldBytes -= message.bytes.length;
    }
    for (const message of ended) message.end?.();
    if (ended.length > 0) this.#context.onRelieved();
    if (this.#held.length > 0) return;
    const onEmpty = this.#onEmpty;
    this.#onEmpty = null;
    onEmpty?.();
  }

  #drop(message: Held): void {
    this.#release(message);
    message.end = () => this.#dropped(message, () => message.outlet.drop(true));
  }

  #pass(message: Held): void {
    const { bytes, changed, bytesPerSecond, outlet } = message;
    this.#report(message, { bytes: changed ?? bytes, original: changed && bytes, dropped: false });
    outlet.pass(changed, bytesPerSecond);
  }

  #answer(message: Held, answer: Buffer, rateLimit: RateLimit | null): void {
    this.#report(message, { bytes: message.bytes, original: null, dropped: true });
    const sender = this.#context.sender === 'client' ? 'server' : 'client';
    const ruled = { original: null, made: true, dropped: false, heldMs: 0, hits: [], redactions: [] };
    this.#context.report({ sender, bytes: answer, size: answer.length, truncated: false, at: now(), ruled });
    message.outlet.answer(answer, rateLimit);
  }

  #dropped(message: Held, how: () => void): void {
    this.#report(message, { bytes: message.bytes, original: null, dropped: true });
    how();
  }

  #report(
    { decision, since, wasHeld }: Held,
    { bytes, original, dropped }: { bytes: Buffer; original: Buffer | null; dropped: boolean },
  ): void {
    const at = now();
    const { hits = [], redactions = [] } = decision ?? {};
    const ruled = { original, made: false, dropped, heldMs: wasHeld ? at - since : 0, hits, redactions };
    this.#context.report({ sender: this.#context.sender, bytes, size: bytes.length, truncated: false, at, ruled });
  }
}

function alertsOf(decision: RuleDecision | null): string[] {
  return (decision?.hits ?? []).flatMap(({ action, detail }) =>
    action === 'alert' && detail !== null ? [detail] : [],
  );
}
