import { setTimeout } from 'node:timers/promises';
import { describeError } from '../../base/error-text.js';
import { isRecord } from '../../base/json.js';
import { fieldBytes, withFields } from '../../base/json-splice.js';
import { isTooDeep } from '../../base/map-strings.js';
import { SUBSCRIPTION_ID } from '../../model/mcp-meta.js';
import { keyOf as idKeyOf } from '../messages/open-requests.js';
import { isAnswer, isRpcId, messagesIn, type RpcMessage } from '../messages/read-messages.js';
import { type Choice, Chooser } from './choice.js';
import { failure, idOf, messageFor, outcomeOf, toJson } from './client-messages.js';
import { ReplayClock, type Speed } from './clock.js';
import { subjectOf } from './comparable.js';
import { missAnswer } from './describe-miss.js';
import { differencesOf } from './differences.js';
import { NONE } from './hash-chains.js';
import { eraOf, labelOf, type Recording } from './recording.js';
import { ServerQuestions } from './server-questions.js';
import { type Cue, OPENING, type Step, type TapeIndex } from './tape-index.js';
import { LISTEN } from './tape-reading.js';
import { answerUnrecorded, type Outcome, refuseVersion } from './unrecorded.js';

/** Takes one JSON-RPC message for the client, without line ends. The next one comes when the promise resolves. */
export type Send = (message: Buffer, kind: Step['kind']) => Promise<void> | void;

export interface ReplayOptions {
  /** Index of the tape that this connection plays; the others have what it lacks. Default: 0. */
  tape?: number;
  speed: Speed;
  /** Called before each message of the server; it is sent when the promise resolves. */
  gate?: ((step: Step, message: Buffer) => Promise<void>) | undefined;
  /** Gets lines for the user. */
  note(text: string): void;
  /** Messages that belong to no request that is open. */
  send: Send;
  /** Whether lines that are not JSON-RPC are sent, too. */
  hasLines: boolean;
}

/** A message of the client that is being answered. */
interface Asked {
  message: RpcMessage;
  send: Send;
  signal: AbortSignal;
}

/** Announcements that make clients ask once more. */
const ANNOUNCES = /\/(?:list_changed|updated)$/;

/** The official SDK 1.x loses a notification about a request that it reads together with the answer. */
const BEFORE_ANSWER_MS = 2;

/** Plays the server of a recording for one client. */
export class ReplayConnection {
  readonly #recording: Recording;
  readonly #options: ReplayOptions;
  readonly #tape: number;
  readonly #chooser: Chooser;
  readonly #open = new Map<string, AbortController>();
  readonly #questions = new ServerQuestions();
  /** Streams of `subscriptions/listen`. */
  readonly #listeners = new Set<Asked>();
  readonly #closed = new AbortController();

  constructor(recording: Recording, options: ReplayOptions) {
    this.#recording = recording;
    this.#options = options;
    this.#tape = options.tape ?? 0;
    this.#chooser = new Chooser(recording, this.#tape);
  }

  /** Sends what the recorded server sent before any message of its client. */
  async open(): Promise<void> {
    const cue = this.#cueOf(OPENING);
    if (cue !== null) await this.#quietly(this.#playSteps(cue, null, false, this.#closed.signal));
  }

  /**
   * @param frame a line, or a body; a batch is answered message by message
   * @param send takes what belongs to its requests
   * @param signal gives its requests up
   * @returns when all of its requests are answered, or given up
   */
  async receive(frame: Buffer, send: Send, signal: AbortSignal | null = null): Promise<void> {
    const messages = messagesIn(frame);
    await Promise.all(messages.map((message) => this.#quietly(this.#take(message, send, signal))));
  }

  close(): void {
    this.#closed.abort();
  }

  /** A request that is given up ends without an answer. */
  async #quietly(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
    }
  }

  async #take(message: RpcMessage, send: Send, given: AbortSignal | null): Promise<void> {
    const { kind, method, body } = message;
    if (kind === 'malformed') {
      return send(toJson({ id: null, error: { code: -32700, message: 'Parse error' } }), 'answer');
    }
    if (isAnswer(message)) return this.#questions.answered(message);
    if (kind === 'notification') {
      if (method === 'notifications/cancelled') return this.#cancel(body.params);
      const played = this.#quietly(this.#react(message));
      // Its sender waits for no message that must be read first.
      return this.#recording.isWhole ? played : undefined;
    }
    if (message.id === null) return;
    const key = idKeyOf(message.id);
    const controller = new AbortController();
    this.#open.set(key, controller);
    const signals = [this.#closed.signal, controller.signal, ...(given === null ? [] : [given])];
    const asked = { message, send, signal: AbortSignal.any(signals) };
    try {
      await this.#answer(asked);
    } catch (error) {
      asked.signal.throwIfAborted();
      this.#options.note(
        `the answer to ${labelOf(message.method ?? '', null)} cannot be sent: ${describeError(error)}`,
      );
      await this.#say(asked, failure(describeError(error)));
    } finally {
      if (this.#open.get(key) === controller) this.#open.delete(key);
    }
  }

  #cancel(params: unknown): void {
    const id = isRecord(params) ? params.requestId : null;
    if (isRpcId(id)) this.#open.get(idKeyOf(id))?.abort();
  }

  async #react(message: RpcMessage): Promise<void> {
    const { signal } = this.#closed;
    const choice = await this.#choose(message, signal);
    if (choice !== null && !choice.isAgain) {
      await this.#play(choice.cue, { message, send: this.#options.send, signal }, false);
    }
  }

  async #answer(asked: Asked): Promise<void> {
    const { message, signal } = asked;
    const refusal = refuseVersion(message, this.#recording, this.#tape);
    if (refusal !== null) return this.#say(asked, refusal);
    const choice = this.#hasOwnAnswer(message) ? this.#chooser.choose(message) : await this.#choose(message, signal);
    if (message.method === LISTEN) return this.#listen(asked, choice?.cue ?? null);
    if (choice !== null && !(isProbe(message) && !(await this.#isAnswered(choice.cue, signal)))) {
      return this.#play(choice.cue, asked, choice.isAgain);
    }
    const unrecorded = answerUnrecorded(message, this.#recording, this.#tape);
    if (unrecorded !== null) return this.#say(asked, unrecorded);
    const { method, body } = message;
    const label = labelOf(method ?? '', subjectOf(body));
    const outcome = missAnswer(label, this.#chooser.nearest(message), this.#recording);
    if ('error' in outcome) this.#options.note(outcome.error.message.replace(/^claude-trace replay: /, ''));
    return this.#say(asked, outcome);
  }

  #choose(message: RpcMessage, signal: AbortSignal): Promise<Choice | null> {
    return this.#found(() => this.#chooser.choose(message), this.#recording, signal);
  }

  /** Waits until something was found, or all was read. */
  async #found<Found>(
    find: () => Found | null,
    where: { readonly isWhole: boolean },
    signal: AbortSignal,
  ): Promise<Found | null> {
    for (;;) {
      const found = find();
      if (found !== null || where.isWhole) return found;
      await this.#more(signal);
    }
  }

  /** Whether it is answered at once, recorded or not. */
  #hasOwnAnswer({ method }: RpcMessage): boolean {
    if (method === 'ping' || method === 'logging/setLevel') return true;
    const head = this.#recording.heads[this.#tape];
    return method === 'server/discover' && head !== undefined && eraOf(head) === 'legacy';
  }

  async #isAnswered({ tape, number }: Cue, signal: AbortSignal): Promise<boolean> {
    return (await this.#found(() => tape.isAnswered(number) || null, tape, signal)) ?? false;
  }

  async #more(signal: AbortSignal): Promise<void> {
    await this.#recording.more();
    signal.throwIfAborted();
  }

  /** A listening stream stays open: its end was that of the recording. */
  async #listen(asked: Asked, cue: Cue | null): Promise<void> {
    const { signal } = asked;
    this.#listeners.add(asked);
    try {
      const clock = this.#clockAt(cue);
      let isAcknowledged = false;
      for await (const step of this.#steps(cue, signal)) {
        if (step.kind === 'answer') break;
        if (step.kind !== 'notification') continue;
        isAcknowledged = true;
        await this.#playStep(step, clock, asked, false, signal);
      }
      if (!isAcknowledged) await this.#acknowledge(asked);
      await aborted(signal);
    } finally {
      this.#listeners.delete(asked);
    }
  }

  #acknowledge({ message, send }: Asked): Promise<void> | void {
    const { params } = message.body;
    const wanted = isRecord(params) ? (params.notifications ?? {}) : {};
    const notifications = isTooDeep(wanted) ? {} : wanted;
    const acknowledged = { notifications, _meta: { [SUBSCRIPTION_ID]: 0 } };
    const notification = toJson({ method: 'notifications/subscriptions/acknowledged', params: acknowledged });
    return send(withFields(notification, [[['params', '_meta', SUBSCRIPTION_ID], idOf(message)]]), 'notification');
  }

  async #play(cue: Cue, asked: Asked, isAgain: boolean): Promise<void> {
    const { tape, number } = cue;
    await this.#playSteps(cue, asked, isAgain, asked.signal);
    if (!tape.isRequest(number) || tape.isAnswered(number)) return;
    // Its client never got an answer, and neither does this one.
    if (tape.isCancelled(number)) return aborted(asked.signal);
    return this.#say(asked, failure('The recording ended before this request was answered.'));
  }

  /** Sends the recorded messages, each in its place. Those after the answer are sent after `receive` has resolved. */
  async #playSteps(cue: Cue, asked: Asked | null, isAgain: boolean, signal: AbortSignal): Promise<void> {
    const clock = this.#clockAt(cue);
    const steps = this.#steps(cue, this.#closed.signal);
    let isFirst = true;
    for (let next = await steps.next(); !next.done; next = await steps.next()) {
      const step = next.value;
      const isLate = step.kind === 'answer' && !isFirst && this.#options.speed === 'max';
      if (isLate) await setTimeout(BEFORE_ANSWER_MS, undefined, { signal });
      await this.#playStep(step, clock, asked, isAgain, signal);
      isFirst = false;
      if (step.kind === 'answer') break;
    }
    if (isAgain || !cue.tape.isAnswered(cue.number)) return;
    const rest = async () => {
      for await (const step of steps) await this.#playStep(step, clock, null, isAgain, this.#closed.signal);
    };
    void this.#quietly(rest());
  }

  #clockAt(cue: Cue | null): ReplayClock {
    const clock = new ReplayClock({ speed: this.#options.speed });
    clock.seek(cue === null ? 0 : cue.tape.timeOf(cue.number));
    return clock;
  }

  #cueOf(number: number): Cue | null {
    const tape = this.#recording.tapes[this.#tape];
    return tape === undefined ? null : { tape, number };
  }

  /** The messages that the server sent because of a message, as soon as they are read. */
  async *#steps(cue: Cue | null, signal: AbortSignal): AsyncGenerator<Step, void> {
    if (cue === null) return;
    const { tape, number } = cue;
    let last = NONE;
    for (;;) {
      const step = last === NONE ? tape.firstStep(number) : tape.nextStep(last);
      if (step !== NONE) {
        last = step;
        yield tape.step(step);
      } else if (tape.isWhole || hasAll(tape, number)) return;
      else await this.#more(signal);
    }
  }

  async #playStep(
    step: Step,
    clock: ReplayClock,
    asked: Asked | null,
    isAgain: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    // A client that reacts to these by the same request would never come to an end.
    if (isAgain && ANNOUNCES.test(step.method ?? '')) return;
    if (step.kind === 'malformed' && !this.#options.hasLines) return;
    // The protocol's own questions are answered at once: clients wait for them before they do anything.
    if (asked?.message.method !== 'server/discover') await clock.until(step.at, signal);
    const question = step.kind === 'request' ? this.#questions.prepare(step.bytes) : null;
    const message = question === null ? messageFor(step, asked?.message ?? null) : question.message;
    if (message === null) return;
    await this.#options.gate?.(step, message);
    signal.throwIfAborted();
    if (question === null) return this.#deliver(message, step.kind, asked);
    const reply = this.#questions.replyTo(question.key, signal);
    await this.#deliver(message, step.kind, asked);
    const recorded = await this.#found(() => step.tape.reply(step.number), step.tape, signal);
    if (recorded === null) return;
    this.#compareReply(step, recorded.message, await reply);
    clock.seek(recorded.at);
  }

  /** Later messages come as recorded, whatever the person answers this time. */
  #compareReply({ method }: Step, recorded: RpcMessage, now: RpcMessage): void {
    const [first] = differencesOf(recorded.body.result, now.body.result, { limit: 1, anySecret: true });
    if (first !== undefined)
      this.#options.note(`the answer to ${labelOf(method ?? '', null)} differs from the recorded one at ${first.path}`);
  }

  async #deliver(message: Buffer, kind: Step['kind'], asked: Asked | null): Promise<void> {
    const isSubscribed = fieldBytes(message, 'params', '_meta', SUBSCRIPTION_ID) !== null;
    if (!isSubscribed) return (asked?.send ?? this.#options.send)(message, kind);
    const path = ['params', '_meta', SUBSCRIPTION_ID];
    const listeners = asked?.message.method === LISTEN ? [asked] : [...this.#listeners];
    for (const { message: listen, send } of listeners) await send(withFields(message, [[path, idOf(listen)]]), kind);
  }

  #say({ message, send }: Asked, outcome: Outcome): Promise<void> | void {
    return send(outcomeOf(message, outcome), 'answer');
  }
}

/** Whether no more messages can belong to this one. Progress of a request may come late. */
function hasAll(tape: TapeIndex, cue: number): boolean {
  return !tape.isRequest(cue) && tape.lastCue !== cue;
}

/** The first request of clients. */
function isProbe({ method }: RpcMessage): boolean {
  return method === 'server/discover' || method === 'initialize';
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
