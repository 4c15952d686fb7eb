import { type JsonRecord, parseRecord } from '../../../base/json.js';
import { keyOf as idKeyOf } from '../../messages/open-requests.js';
import type { RpcMessage } from '../../messages/read-messages.js';
import { hashOfKey, withoutEnvelope } from '../comparable.js';
import { GrowingNumbers } from '../growing-numbers.js';
import { HashChains, NONE } from '../hash-chains.js';
import { NamelessFile } from '../nameless-file.js';

/** The recorded client's answers to requests of the server, kept in a file. */
export class RecordedReplies {
  readonly #requests = new HashChains();
  readonly #places = new GrowingNumbers();
  readonly #sizes = new GrowingNumbers(Int32Array);
  /** Requests that are not answered, by their ids. */
  readonly #open = new Map<string, number>();
  /** For each first of equal requests, the one that was answered last. */
  readonly #given = new Map<number, number>();
  readonly #file = new NamelessFile();

  asked(request: RpcMessage): void {
    this.#requests.add(hashOfKey(request));
    this.#places.push(Number.NaN);
    this.#sizes.push(0);
    if (request.id !== null) this.#open.set(idKeyOf(request.id), this.#places.length - 1);
  }

  answered({ id, body }: RpcMessage): void {
    const request = id === null ? undefined : this.#open.get(idKeyOf(id));
    if (request === undefined || id === null) return;
    this.#open.delete(idKeyOf(id));
    const bytes = Buffer.from(JSON.stringify(withoutEnvelope(body)));
    this.#places.set(request, this.#file.append(bytes));
    this.#sizes.set(request, bytes.length);
  }

  /** Whether there is an answer to this request. */
  has(question: RpcMessage): boolean {
    const first = this.#requests.first(hashOfKey(question));
    return first !== NONE && (this.#given.has(first) || this.#nextAnswered(first) !== NONE);
  }

  /** Equal requests are answered in recorded order, then with the last answer again. Null without an answer. */
  next(question: RpcMessage): JsonRecord | null {
    const first = this.#requests.first(hashOfKey(question));
    if (first === NONE) return null;
    const given = this.#given.get(first);
    const next = this.#nextAnswered(given === undefined ? first : this.#requests.next(given));
    const chosen = next === NONE ? given : next;
    if (chosen === undefined) return null;
    this.#given.set(first, chosen);
    return parseRecord(this.#file.read(this.#places.at(chosen), this.#sizes.at(chosen)).toString());
  }

  close(): void {
    this.#file.close();
  }

  /** This request, or the first of those after it, that has an answer. */
  #nextAnswered(request: number): number {
    let next = request;
    while (next !== NONE && Number.isNaN(this.#places.at(next))) next = this.#requests.next(next);
    return next;
  }
}
