import { setTimeout } from 'node:timers/promises';
import { isRecord, isTooDeep, parseRecord } from '../../base/json.js';
import { keyOf as idKeyOf } from '../messages/open-requests.js';
import { isRpcId, type RpcMessage, readMessages } from '../messages/read-messages.js';
import { Chooser } from './choice.js';
import { ReplayClock, type Speed } from './clock.js';
import { subjectOf } from './comparable.js';
import { labelOf, missAnswer } from './describe-miss.js';
import { differencesOf } from './differences.js';
import { type Cue, isAnswered, LISTEN, type Recording, type Step, SUBSCRIPTION_ID } from './recording.js';
import { fieldBytes, onOneLine, type Replacement, withFields } from './splice.js';
import { answerUnrecorded, INTERNAL_ERROR, LEGACY_VERSIONS, type Outcome, refuseVersion } from './unrecorded.js';

/** Takes one JSON-RPC message for the client, without line ends. The next one comes when the promise resolves. */
export type Send = (message: Buffer, kind: Step['kind']) => Promise<void> | void;

export interface ReplayOptions {
  /** Index of the tape that this connection plays; the others have what it lacks. Default: 0. */
  tape?: number;
  speed: Speed;
  /** Called before each message of the server; it is sent when the promise resolves. */
  gate?: ((step: Step, message: Buffer) => Promise<void>) | undefined;
  /** What the person should know, one line. */
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
  /** Requests of the server, by the ids that they have here. */
  readonly #questions = new Map<string, (reply: RpcMessage) => void>();
  readonly #usedIds = new Set<string>();
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
    const steps = this.#recording.openings[this.#tape] ?? [];
    await this.#quietly(this.#playSteps(steps, 0, null, false, this.#closed.signal));
  }

  /**
   * @param frame a line, or a body; a batch is answered message by message
   * @param send takes what belongs to its requests
   * @param signal gives its requests up
   * @returns when all of its requests are answered, or given up
   */
  async receive(frame: Buffer, send: Send, signal: AbortSignal | null = null): Promise<void> {
    const messages = readMessages({ bytes: frame, size: frame.length, truncated: false });
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
    if (kind === 'response' || kind === 'error') {
      if (message.id !== null) this.#questions.get(idKeyOf(message.id))?.(message);
      return;
    }
    if (kind === 'notification') {
      if (method === 'notifications/cancelled') return this.#cancel(body.params);
      const choice = this.#chooser.choose(message);
      if (choice !== null && !choice.isAgain) {
        await this.#play(choice.cue, { message, send: this.#options.send, signal: this.#closed.signal }, false);
      }
      return;
    }
    if (message.id === null) return;
    const key = idKeyOf(message.id);
    const controller = new AbortController();
    this.#open.set(key, controller);
    try {
      const signals = [this.#closed.signal, controller.signal, ...(given === null ? [] : [given])];
      await this.#answer({ message, send, signal: AbortSignal.any(signals) });
    } finally {
      if (this.#open.get(key) === controller) this.#open.delete(key);
    }
  }

  #cancel(params: unknown): void {
    const id = isRecord(params) ? params.requestId : null;
    if (isRpcId(id)) this.#open.get(idKeyOf(id))?.abort();
  }

  async #answer(asked: Asked): Promise<void> {
    const { message } = asked;
    const refusal = refuseVersion(message, this.#recording, this.#tape);
    if (refusal !== null) return this.#say(asked, refusal);
    const choice = this.#chooser.choose(message);
    if (message.method === LISTEN) return this.#listen(asked, choice?.cue ?? null);
    const isProbe = message.method === 'server/discover' || message.method === 'initialize';
    if (choice !== null && !(isProbe && !isAnswered(choice.cue))) return this.#play(choice.cue, asked, choice.isAgain);
    const unrecorded = answerUnrecorded(message, this.#recording, this.#tape);
    if (unrecorded !== null) return this.#say(asked, unrecorded);
    const { method, body } = message;
    const label = labelOf({ method: method ?? '', name: subjectOf(body) });
    const outcome = missAnswer(label, this.#chooser.miss(message), this.#recording);
    if ('error' in outcome) this.#options.note(outcome.error.message.replace(/^claude-trace replay: /, ''));
    return this.#say(asked, outcome);
  }

  /** A listening stream stays open: its end was that of the recording. */
  async #listen(asked: Asked, cue: Cue | null): Promise<void> {
    const { signal } = asked;
    this.#listeners.add(asked);
    try {
      const recorded = cue?.steps.filter(({ kind }) => kind === 'notification') ?? [];
      if (cue !== null && recorded.length > 0) await this.#playSteps(recorded, cue.at, asked, false, signal);
      else await this.#acknowledge(asked);
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
    await this.#playSteps(cue.steps, cue.at, asked, isAgain, asked.signal);
    if (cue.kind === 'notification' || isAnswered(cue)) return;
    // Its client waited in vain, and so does this one.
    if (cue.isCancelled) return aborted(asked.signal);
    return this.#say(asked, failure('The recording ended before this request was answered.'));
  }

  /**
   * Sends what was recorded, each in its place. What follows the answer is sent after `receive` has resolved.
   * @param from place in the tape where the message came that this is because of
   */
  async #playSteps(
    steps: readonly Step[],
    from: number,
    asked: Asked | null,
    isAgain: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const clock = new ReplayClock({ speed: this.#options.speed });
    clock.seek(from);
    const answerAt = steps.findIndex(({ kind }) => kind === 'answer');
    const before = answerAt === -1 ? steps : steps.slice(0, answerAt + 1);
    for (const [index, step] of before.entries()) {
      const isLate = step.kind === 'answer' && index > 0 && this.#options.speed === 'max';
      if (isLate) await setTimeout(BEFORE_ANSWER_MS, undefined, { signal });
      await this.#playStep(step, clock, asked, isAgain, signal);
    }
    const after = steps.slice(before.length);
    if (after.length === 0 || isAgain) return;
    const rest = async () => {
      for (const step of after) await this.#playStep(step, clock, null, isAgain, this.#closed.signal);
    };
    void this.#quietly(rest());
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
    const isProbe = asked?.message.method === 'server/discover';
    if (!isProbe) await clock.until(step.at, signal);
    const prepared = this.#prepare(step, asked);
    if (prepared === null) return;
    await this.#options.gate?.(step, prepared.message);
    signal.throwIfAborted();
    if (step.kind !== 'request') return this.#deliver(prepared.message, step.kind, asked);
    const reply = this.#replyTo(prepared.id, signal);
    await this.#deliver(prepared.message, step.kind, asked);
    if (step.reply === null) return;
    this.#compareReply(step, await reply);
    clock.seek(step.reply.at);
  }

  /** The recorded message with the ids and tokens of this client; null where it has none for it. */
  #prepare(step: Step, asked: Asked | null): { message: Buffer; id: string | null } | null {
    const bytes = this.#recording.read(step.bytes);
    if (step.kind === 'malformed') return { message: bytes, id: null };
    if (step.kind === 'answer') return { message: this.#answerBytes(step, bytes, asked), id: null };
    if (step.kind === 'request') return this.#question(bytes);
    const replacements: Replacement[] = [];
    if (step.method === 'notifications/progress') {
      const token = asked && fieldBytes(asked.message.bytes, 'params', '_meta', 'progressToken');
      if (token === null) return null;
      replacements.push([['params', 'progressToken'], token]);
    }
    return { message: onOneLine(withFields(bytes, replacements)), id: null };
  }

  #answerBytes({ truncated }: Step, bytes: Buffer, asked: Asked | null): Buffer {
    if (asked === null) return bytes;
    const { message } = asked;
    const id = idOf(message);
    if (truncated)
      return withFields(toJson({ id: 0, ...failure('Only the beginning of this answer was recorded.') }), [
        [['id'], id],
      ]);
    const replacements: Replacement[] = [[['id'], id]];
    const version =
      message.method === 'initialize' && isRecord(message.body.params) && message.body.params.protocolVersion;
    if (typeof version === 'string' && LEGACY_VERSIONS.includes(version)) {
      replacements.push([['result', 'protocolVersion'], JSON.stringify(version)]);
    }
    return onOneLine(withFields(bytes, replacements));
  }

  /** A request of the server, under its recorded id, or under a new one if that is in use. */
  #question(bytes: Buffer): { message: Buffer; id: string | null } {
    const recorded = parseRecord(bytes.toString())?.id;
    const key = isRpcId(recorded) ? idKeyOf(recorded) : '';
    if (key !== '' && !this.#usedIds.has(key)) {
      this.#usedIds.add(key);
      return { message: onOneLine(bytes), id: key };
    }
    const id = `replay-${this.#usedIds.size}`;
    this.#usedIds.add(idKeyOf(id));
    return { message: onOneLine(withFields(bytes, [[['id'], JSON.stringify(id)]])), id: idKeyOf(id) };
  }

  #replyTo(id: string | null, signal: AbortSignal): Promise<RpcMessage> {
    const reply = new Promise<RpcMessage>((resolve, reject) => {
      if (id === null) return;
      const giveUp = () => reject(signal.reason);
      signal.addEventListener('abort', giveUp, { once: true });
      this.#questions.set(id, (answer) => {
        signal.removeEventListener('abort', giveUp);
        this.#questions.delete(id);
        resolve(answer);
      });
    });
    // It may be given up while nobody waits for it.
    reply.catch(() => {});
    return reply;
  }

  /** Later messages come as recorded, whatever the person answers this time. */
  #compareReply({ method, reply }: Step, now: RpcMessage): void {
    const recorded = reply && parseRecord(this.#recording.read(reply.bytes).toString());
    const [first] = differencesOf(recorded?.result, now.body.result, { limit: 1, anySecret: true });
    if (first !== undefined)
      this.#options.note(`the answer to ${method} differs from the recorded one at ${first.path}`);
  }

  async #deliver(message: Buffer, kind: Step['kind'], asked: Asked | null): Promise<void> {
    const isSubscribed = fieldBytes(message, 'params', '_meta', SUBSCRIPTION_ID) !== null;
    if (!isSubscribed) return (asked?.send ?? this.#options.send)(message, kind);
    const path = ['params', '_meta', SUBSCRIPTION_ID];
    const listeners = asked?.message.method === LISTEN ? [asked] : [...this.#listeners];
    for (const { message: listen, send } of listeners) await send(withFields(message, [[path, idOf(listen)]]), kind);
  }

  #say({ message, send }: Asked, outcome: Outcome): Promise<void> | void {
    return send(withFields(toJson({ id: 0, ...outcome }), [[['id'], idOf(message)]]), 'answer');
  }
}

function failure(message: string): Outcome {
  return { error: { code: INTERNAL_ERROR, message: `claude-trace replay: ${message}` } };
}

/** As the client spells it: a large number must not lose digits. */
function idOf({ bytes }: RpcMessage): Buffer {
  return fieldBytes(bytes, 'id') ?? Buffer.from('null');
}

function toJson(fields: object): Buffer {
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...fields }));
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
