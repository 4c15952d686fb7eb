import type { TapeHead } from '../../model/tape.js';
import { type RpcMessage, readMessages } from '../messages/read-messages.js';
import { subjectOf } from './comparable.js';
import { GrowingNumbers } from './growing-numbers.js';
import { HashChains, NONE } from './hash-chains.js';
import { KeptFrames } from './kept-frames.js';

/** A message of the server, read again from the tape. */
export interface Step {
  kind: StepKind;
  /** Method of requests and notifications. */
  method: string | null;
  /** Milliseconds since the first frame of its tape. */
  at: number;
  bytes: Buffer;
  /** Whether only the beginning was recorded. */
  truncated: boolean;
  tape: TapeIndex;
  /** Number of its frame in the tape. */
  number: number;
}

const STEP_KINDS = ['answer', 'request', 'notification', 'malformed'] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/** A message of the client in its tape: a request or a notification. */
export interface Cue {
  tape: TapeIndex;
  number: number;
}

/** A cue for messages that the server sent before any message of the client. */
export const OPENING = 0;

/** Messages of the server in their order. */
export interface Chain {
  first: number;
  last: number;
}

const REQUEST = 1;
const ANSWERED = 2;
const CANCELLED = 4;
const REDACTED = 8;

/** More than a frame can have: see MAX_BATCH of read-messages. */
const PARTS = 1_024;

/**
 * An index of the messages of a server and of the messages that caused them. Memory holds some numbers for each message, whatever its
 * size; the messages are read from the file when they are needed. It grows while the tape is read.
 */
export class TapeIndex {
  readonly head: TapeHead;
  readonly frames: KeptFrames;
  /** Whether the tape was read to its end. */
  isWhole = false;
  /** The message of the client that was sent or answered last: others get no more messages that belong to no request. */
  lastCue = OPENING;
  readonly #chains = new HashChains();
  /** Fields of messages of the client. */
  readonly #places = new GrowingNumbers();
  readonly #flags = new GrowingNumbers(Uint8Array);
  readonly #methods = new GrowingNumbers(Int32Array);
  readonly #names = new GrowingNumbers(Int32Array);
  readonly #firstSteps = new GrowingNumbers(Int32Array);
  readonly #lastSteps = new GrowingNumbers(Int32Array);
  /** Fields of messages of the server. */
  readonly #stepPlaces = new GrowingNumbers();
  readonly #stepKinds = new GrowingNumbers(Uint8Array);
  readonly #nextSteps = new GrowingNumbers(Int32Array);
  /** Places of the client's answers, by requests of the server. */
  readonly #replies = new Map<number, number>();

  /** @throws Error if the file cannot be opened */
  constructor(head: TapeHead, file: string | undefined) {
    this.head = head;
    this.frames = new KeptFrames(file);
    this.#addCue(Number.NaN, 0, 0, 0);
    this.#chains.add(Buffer.alloc(16));
  }

  /** Messages of the client are numbered from 1 to this. */
  get lastNumber(): number {
    return this.#flags.length - 1;
  }

  /** Adds a message of the client in the last frame. @returns its number */
  addCue(message: RpcMessage, part: number, key: Buffer, isRedacted: boolean): number {
    const isRequest = message.kind === 'request' && message.id !== null;
    const flags = (isRequest ? REQUEST : 0) | (isRedacted ? REDACTED : 0);
    this.#chains.add(key);
    return this.#addCue(this.#place(part), flags, hashOf(message.method ?? ''), hashOf(subjectOf(message.body) ?? ''));
  }

  /** Adds a message of the server in the last frame. @returns its number */
  addStep(kind: StepKind, part: number): number {
    this.#stepPlaces.push(this.#place(part));
    this.#stepKinds.push(STEP_KINDS.indexOf(kind));
    this.#nextSteps.push(NONE);
    return this.#nextSteps.length - 1;
  }

  addReply(step: number, part: number): void {
    this.#replies.set(step, this.#place(part));
  }

  /** Adds messages of the server to those that were sent because of this one. */
  append(cue: number, { first, last }: Chain): void {
    if (first === NONE) return;
    if (this.#firstSteps.at(cue) === NONE) this.#firstSteps.set(cue, first);
    else this.#nextSteps.set(this.#lastSteps.at(cue), first);
    this.#lastSteps.set(cue, last);
  }

  /** Puts a message of the server at the end of a chain. */
  chain(chain: Chain, step: number): void {
    if (chain.first === NONE) chain.first = step;
    else this.#nextSteps.set(chain.last, step);
    chain.last = step;
  }

  answered(cue: number): void {
    this.#flag(cue, ANSWERED);
  }

  cancelled(cue: number): void {
    this.#flag(cue, CANCELLED);
  }

  isRequest(cue: number): boolean {
    return this.#has(cue, REQUEST);
  }

  isAnswered(cue: number): boolean {
    return this.#has(cue, ANSWERED);
  }

  isCancelled(cue: number): boolean {
    return this.#has(cue, CANCELLED);
  }

  /** The first message of the client with this key; -1 without one. */
  first(key: Buffer): number {
    return this.#chains.first(key);
  }

  /** The next message of the client with the same key; -1 after the last one. */
  nextEqual(cue: number): number {
    return this.#chains.next(cue);
  }

  /** Requests of a method, in their order. Where texts have the same hash, there may be others among them. */
  *requests({ method, name, isRedacted = false }: Wanted): Generator<number> {
    const methodHash = hashOf(method);
    const nameHash = name === undefined ? null : hashOf(name);
    for (let cue = 1; cue <= this.lastNumber; cue++) {
      if (this.#methods.at(cue) !== methodHash || !this.#has(cue, REQUEST)) continue;
      if (nameHash !== null && this.#names.at(cue) !== nameHash) continue;
      if (!isRedacted || this.#has(cue, REDACTED)) yield cue;
    }
  }

  /** Milliseconds since the first frame; 0 for what came before any message of the client. */
  timeOf(cue: number): number {
    return cue === OPENING ? 0 : this.frames.timeOf(frameOf(this.#places.at(cue)));
  }

  /** @throws Error if the file has changed */
  message(cue: number): RpcMessage {
    return this.#read(this.#places.at(cue));
  }

  firstStep(cue: number): number {
    return this.#firstSteps.at(cue);
  }

  nextStep(step: number): number {
    return this.#nextSteps.at(step);
  }

  #kindOf(step: number): StepKind {
    return STEP_KINDS[this.#stepKinds.at(step)] ?? 'malformed';
  }

  /** @throws Error if the file has changed */
  step(number: number): Step {
    const place = this.#stepPlaces.at(number);
    const { method, bytes, truncated } = this.#read(place);
    const at = this.frames.timeOf(frameOf(place));
    return { kind: this.#kindOf(number), method, at, bytes, truncated, tape: this, number };
  }

  /** The answer to a request; null if it was not found. @throws Error if the file has changed */
  answer(cue: number): RpcMessage | null {
    let step = this.firstStep(cue);
    while (step !== NONE && this.#kindOf(step) !== 'answer') step = this.nextStep(step);
    return step === NONE ? null : this.#read(this.#stepPlaces.at(step));
  }

  /** The client's answer to a request of the server, or null. @throws Error if the file has changed */
  reply(step: number): { at: number; message: RpcMessage } | null {
    const place = this.#replies.get(step);
    return place === undefined ? null : { at: this.frames.timeOf(frameOf(place)), message: this.#read(place) };
  }

  close(): void {
    this.frames.close();
  }

  #addCue(place: number, flags: number, method: number, name: number): number {
    this.#places.push(place);
    this.#flags.push(flags);
    this.#methods.push(method);
    this.#names.push(name);
    this.#firstSteps.push(NONE);
    this.#lastSteps.push(NONE);
    return this.lastNumber;
  }

  #flag(cue: number, flag: number): void {
    this.#flags.set(cue, this.#flags.at(cue) | flag);
  }

  #has(cue: number, flag: number): boolean {
    return (this.#flags.at(cue) & flag) !== 0;
  }

  /** The place of a message in the last frame. */
  #place(part: number): number {
    return (this.frames.count - 1) * PARTS + part;
  }

  #read(place: number): RpcMessage {
    const frame = this.frames.read(frameOf(place));
    const { bytes, truncated = false } = frame ?? { bytes: new Uint8Array() };
    const message = readMessages({ bytes, size: bytes.length, truncated })[place % PARTS];
    if (message === undefined) throw new Error('the tape was changed while it was replayed');
    return message;
  }
}

interface Wanted {
  method: string;
  /** Name of the tool or prompt, or the URI of the resource. */
  name?: string;
  /** Whether to find only those in which secrets were replaced. */
  isRedacted?: boolean;
}

function frameOf(place: number): number {
  return Math.floor(place / PARTS);
}

/** FNV-1a, 32 bits, signed. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}
