import { isRecord, type JsonRecord } from '../../base/json.js';
import type { McpEra } from '../../model/mcp.js';
import type { TapeFrame, TapeHead } from '../../model/tape.js';
import { keyOf as idKeyOf, type OpenRequest, OpenRequests } from '../messages/open-requests.js';
import { isRpcId, type RpcMessage, readMessages } from '../messages/read-messages.js';
import { keyOf, subjectOf } from './comparable.js';
import { ByteKeeper, type KeptBytes } from './kept-bytes.js';

/** A message of the server, as far as it is needed to send it again. */
export interface Step {
  kind: 'answer' | 'request' | 'notification' | 'malformed';
  /** Of requests and notifications. */
  method: string | null;
  /** Milliseconds since the first frame of its tape. */
  at: number;
  bytes: KeptBytes;
  /** Only the beginning was recorded. */
  truncated: boolean;
  /** Of a request: what the client answered; null where it did not. */
  reply: { at: number; bytes: KeptBytes } | null;
}

/** A request or notification of the client, and what the server sent because of it, in order. */
export interface Cue {
  kind: 'request' | 'notification';
  method: string;
  /** Of the tool or prompt, or the URI of the resource. */
  name: string | null;
  /** Equal for cues that ask for the same. */
  key: string;
  /** Index of its tape. */
  tape: number;
  /** As in its tape. */
  at: number;
  bytes: KeptBytes;
  /** Secrets in it were replaced. */
  redacted: boolean;
  steps: Step[];
  /** The client gave it up. */
  isCancelled: boolean;
}

/** What tapes say about a server: what it sends, and because of what. */
export interface Recording {
  heads: readonly TapeHead[];
  /** In recorded order, tape by tape. */
  cues: readonly Cue[];
  /** What the server sent before any message of the client, for each tape. */
  openings: readonly (readonly Step[])[];
  read(kept: KeptBytes): Buffer;
  close(): void;
}

export interface RecordedTape {
  head: TapeHead;
  frames: AsyncIterable<TapeFrame> | Iterable<TapeFrame>;
}

/** Legacy where the tape does not say: its server never answered. */
export function eraOf({ era }: TapeHead): McpEra {
  return era ?? 'legacy';
}

/** Whether the server answered. */
export function isAnswered({ steps }: Cue): boolean {
  return steps.some(({ kind }) => kind === 'answer');
}

export const LISTEN = 'subscriptions/listen';
export const SUBSCRIPTION_ID = 'io.modelcontextprotocol/subscriptionId';

/**
 * Reads tapes of one server. Their messages are kept, in bounded memory.
 * @throws TapeError, UnreadableTapeError; Error when messages cannot be kept
 */
export async function readRecording(tapes: readonly RecordedTape[], keeper = new ByteKeeper()): Promise<Recording> {
  const cues: Cue[] = [];
  const openings: Step[][] = [];
  for (const [index, { frames }] of tapes.entries()) {
    const reading = new TapeReading(index, cues, keeper);
    for await (const frame of frames) reading.take(frame);
    openings.push(reading.end());
  }
  return {
    heads: tapes.map(({ head }) => head),
    cues,
    openings,
    read: (kept) => keeper.read(kept),
    close: () => keeper.close(),
  };
}

/** Finds for each message of the server the message of the client that it belongs to. */
class TapeReading {
  readonly #tape: number;
  readonly #cues: Cue[];
  readonly #keeper: ByteKeeper;
  readonly #opening: Step[] = [];
  readonly #open = new OpenRequests();
  /** Of open requests of the client. */
  readonly #cueOf = new Map<OpenRequest, Cue>();
  /** Those that the server works on. A listening stream is always open. */
  readonly #active = new Set<OpenRequest>();
  /** Of open requests of the server. */
  readonly #stepOf = new Map<OpenRequest, Step>();
  readonly #byToken = new Map<string, Cue>();
  readonly #listens = new Map<string, Cue>();
  /** Sent while several requests were open: they belong to the one that is answered next. */
  #undecided: Step[] = [];
  /** The one that was sent or answered last. */
  #last: Cue | null = null;

  constructor(tape: number, cues: Cue[], keeper: ByteKeeper) {
    this.#tape = tape;
    this.#cues = cues;
    this.#keeper = keeper;
  }

  take(frame: TapeFrame): void {
    const { bytes, truncated = false } = frame;
    for (const message of readMessages({ bytes, size: bytes.length, truncated })) {
      if (frame.dir === 'c') this.#fromClient(message, frame);
      else this.#fromServer(message, frame);
    }
  }

  /** @returns what came before any message of the client */
  end(): Step[] {
    (this.#last?.steps ?? this.#opening).push(...this.#undecided);
    return this.#opening;
  }

  #fromClient(message: RpcMessage, frame: TapeFrame): void {
    const { at } = frame;
    const exchange = frame.http?.exchange ?? null;
    const params = paramsOf(message);
    if (message.kind === 'malformed') return;
    if (message.kind === 'response' || message.kind === 'error') {
      // An answer over HTTP comes in an exchange of its own.
      const asked = this.#open.find('server', message.id, exchange);
      if (asked === null) return;
      const step = this.#stepOf.get(asked);
      if (step !== undefined) step.reply = { at, bytes: this.#keeper.keep(message.bytes) };
      this.#stepOf.delete(asked);
      this.#open.remove(asked);
      return;
    }
    if (message.method === 'notifications/cancelled') {
      const request = isRpcId(params.requestId) ? this.#open.find('client', params.requestId, exchange) : null;
      const cancelled = request && this.#cueOf.get(request);
      if (!request || !cancelled) return;
      cancelled.isCancelled = true;
      this.#active.delete(request);
      return;
    }
    const cue: Cue = {
      kind: message.kind,
      method: message.method ?? '',
      name: subjectOf(message.body),
      key: keyOf(message),
      tape: this.#tape,
      at,
      bytes: this.#keeper.keep(message.bytes),
      redacted: frame.redacted === true,
      steps: [],
      isCancelled: false,
    };
    this.#cues.push(cue);
    if (message.kind === 'request' && message.id !== null) this.#opened(cue, message, exchange);
    else this.#last = cue;
  }

  #opened(cue: Cue, { id, body }: RpcMessage, exchange: string | null): void {
    if (id === null) return;
    const key = idKeyOf(id);
    const request: OpenRequest = { ...NO_CALL, sender: 'client', key, exchange };
    this.#open.add(request);
    this.#cueOf.set(request, cue);
    if (cue.method === LISTEN) this.#listens.set(key, cue);
    else {
      this.#active.add(request);
      this.#last = cue;
    }
    const meta = isRecord(body.params) ? body.params._meta : null;
    const token = isRecord(meta) ? meta.progressToken : null;
    if (isRpcId(token)) this.#byToken.set(idKeyOf(token), cue);
  }

  #fromServer(message: RpcMessage, frame: TapeFrame): void {
    const exchange = frame.http?.exchange ?? null;
    const step: Step = {
      kind: message.kind === 'response' || message.kind === 'error' ? 'answer' : message.kind,
      method: message.method,
      at: frame.at,
      bytes: this.#keeper.keep(message.bytes),
      truncated: message.truncated,
      reply: null,
    };
    if (step.kind === 'answer') {
      const request = this.#open.find('client', message.id, exchange);
      const cue = request && this.#cueOf.get(request);
      if (!request || !cue) return;
      this.#open.remove(request);
      this.#cueOf.delete(request);
      this.#active.delete(request);
      // A list that grows has room for 17 more, and most have one step.
      cue.steps = [...cue.steps, ...this.#undecided, step];
      this.#undecided = [];
      if (cue.method !== LISTEN) this.#last = cue;
      return;
    }
    if (message.kind === 'request' && message.id !== null) {
      // Its answer comes in another exchange.
      const request: OpenRequest = { ...NO_CALL, sender: 'server', key: idKeyOf(message.id), exchange: null };
      this.#open.add(request);
      this.#stepOf.set(request, step);
    }
    this.#stepsFor(message, exchange).push(step);
  }

  /** Where a message belongs that is not an answer. */
  #stepsFor({ method, body }: RpcMessage, exchange: string | null): Step[] {
    const params = isRecord(body.params) ? body.params : {};
    if (method === 'notifications/progress' && isRpcId(params.progressToken)) {
      const cue = this.#byToken.get(idKeyOf(params.progressToken));
      if (cue !== undefined) return cue.steps;
    }
    if (method === 'notifications/subscriptions/acknowledged') {
      const id = isRecord(params._meta) ? params._meta[SUBSCRIPTION_ID] : null;
      const cue = isRpcId(id) ? this.#listens.get(idKeyOf(id)) : undefined;
      if (cue !== undefined) return cue.steps;
    }
    const inExchange =
      exchange === null ? [] : this.#open.ofExchange(exchange).filter((each) => this.#active.has(each));
    const [first, second] = inExchange.length > 0 ? inExchange : this.#active;
    if (second !== undefined) return this.#undecided;
    const cue = (first && this.#cueOf.get(first)) ?? this.#last;
    return cue?.steps ?? this.#opening;
  }
}

/** Fields of an open request that are not needed here. */
const NO_CALL = { method: '', name: null, call: null, modern: null };

function paramsOf({ body }: RpcMessage): JsonRecord {
  return isRecord(body.params) ? body.params : {};
}
