import { hash } from 'node:crypto';
import { isRecord, type JsonRecord, parseRecord } from '../../../base/json.js';
import { isTooDeep } from '../../../base/map-strings.js';
import { isRpcId, type RpcMessage } from '../../messages/read-messages.js';
import { sortedJson } from '../comparable.js';
import { type Difference, differencesOf } from '../differences.js';
import { NamelessFile } from '../nameless-file.js';
import type { Ignored } from './ignored.js';

/** A notification of the server, in the recording or now. */
export interface ComparedNotification {
  method: string;
  /** Number of the recorded one in its tape; null for one that came only now. */
  seq: number | null;
  /** missing: it came only in the recording; unexpected: only now. */
  outcome: 'same' | 'different' | 'missing' | 'unexpected';
  differences: Difference[];
  /** The content of one that is missing or unexpected. */
  params: unknown;
}

/** A notification that waits for the one that it equals. Its text is in a file. */
interface Waiting {
  seq: number | null;
  hash: string;
  place: number;
  size: number;
  /** Secrets in it were replaced, or only its beginning was recorded: its hash says nothing. */
  isVague: boolean;
  isOutline: boolean;
}

/** Notifications that can be compared: the progress of one request, or those of one method and resource. */
interface Group {
  method: string;
  /** Only the progress of a request has an order. */
  isOrdered: boolean;
  recorded: Side;
  received: Side;
}

/** Compared with each other at the end, if hashes say nothing. */
const MAX_COMPARED = 1_000;

/** Compares the notifications of a server with recorded ones, however they are mixed with each other. */
export class Notifications {
  readonly #ignored: Ignored;
  readonly #onCompared: (compared: ComparedNotification) => void;
  readonly #groups = new Map<string, Group>();
  readonly #file = new NamelessFile();
  #missing = 0;

  constructor(ignored: Ignored, onCompared: (compared: ComparedNotification) => void) {
    this.#ignored = ignored;
    this.#onCompared = onCompared;
  }

  /** Whether all recorded ones have come. */
  get hasAll(): boolean {
    return this.#missing === 0;
  }

  recorded({ body, isOutline }: Pick<RpcMessage, 'body' | 'isOutline'>, seq: number): void {
    this.#add(body, seq, isOutline);
  }

  received(body: JsonRecord): void {
    this.#add(body, null, false);
  }

  /** The request with this token is answered: it has no more progress. */
  answered(token: unknown): void {
    if (!isRpcId(token)) return;
    const key = keyOf(PROGRESS, token);
    const group = this.#groups.get(key);
    if (group !== undefined) this.#end(group);
    this.#groups.delete(key);
  }

  end(): void {
    for (const group of this.#groups.values()) this.#end(group);
    this.#groups.clear();
    this.#file.close();
  }

  #add(body: JsonRecord, seq: number | null, isOutline: boolean): void {
    const method = String(body.method);
    if (this.#ignored.notification(method)) return;
    const params = isRecord(body.params) ? body.params : {};
    const group = this.#groupOf(method, method === PROGRESS ? params.progressToken : params.uri);
    const text = textOf(body);
    const waiting: Waiting = {
      seq,
      hash: hash('sha256', textOf(this.#ignored.without(body)), 'base64'),
      ...this.#keep(text),
      isVague: isOutline || text.includes('[redacted'),
      isOutline,
    };
    const isRecorded = seq !== null;
    const [own, others] = isRecorded ? [group.recorded, group.received] : [group.received, group.recorded];
    const found = others.first(group.isOrdered ? null : waiting.hash);
    if (found === undefined) {
      own.add(waiting);
      if (isRecorded) this.#missing += 1;
      return;
    }
    others.delete(found);
    if (!isRecorded) this.#missing -= 1;
    const [one, other] = isRecorded ? [waiting, found] : [found, waiting];
    this.#compare(group, one, other);
  }

  #groupOf(method: string, about: unknown): Group {
    const key = keyOf(method, about);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group: Group = { method, isOrdered: method === PROGRESS, recorded: new Side(), received: new Side() };
    this.#groups.set(key, group);
    return group;
  }

  #compare({ method }: Group, recorded: Waiting, received: Waiting): void {
    const differences = this.#differences(recorded, received);
    const outcome = differences.length === 0 ? 'same' : 'different';
    this.#onCompared({ method, seq: recorded.seq, outcome, differences, params: null });
  }

  #differences(recorded: Waiting, received: Waiting): Difference[] {
    if (recorded.hash === received.hash || recorded.isOutline) return [];
    const [one, other] = [this.#read(recorded), this.#read(received)];
    return differencesOf(one, other, { anySecret: true, isIgnored: this.#ignored.in(one, other) });
  }

  /** Pairs the rest: first those that are equal but for secrets, then the others in their order. */
  #end(group: Group): void {
    const { recorded, received, isOrdered } = group;
    this.#missing -= recorded.size;
    if (!isOrdered) this.#pairVague(group);
    for (const one of recorded) {
      const other = received.first(null);
      if (other === undefined) this.#alone(group, one, 'missing');
      else {
        received.delete(other);
        this.#compare(group, one, other);
      }
    }
    for (const other of received) this.#alone(group, other, 'unexpected');
  }

  #pairVague(group: Group): void {
    const { recorded, received } = group;
    const vague = [...recorded].filter(({ isVague }) => isVague).slice(0, MAX_COMPARED);
    for (const one of vague) {
      const other = [...received].slice(0, MAX_COMPARED).find((each) => this.#differences(one, each).length === 0);
      if (other === undefined) continue;
      recorded.delete(one);
      received.delete(other);
      this.#compare(group, one, other);
    }
  }

  #alone({ method }: Group, waiting: Waiting, outcome: 'missing' | 'unexpected'): void {
    this.#onCompared({
      method,
      seq: waiting.seq,
      outcome,
      differences: [],
      params: this.#read(waiting).params ?? null,
    });
  }

  #keep(text: string): { place: number; size: number } {
    const bytes = Buffer.from(text);
    return { place: this.#file.append(bytes), size: bytes.length };
  }

  #read({ place, size }: Waiting): JsonRecord {
    return parseRecord(this.#file.read(place, size).toString()) ?? {};
  }
}

const PROGRESS = 'notifications/progress';

function keyOf(method: string, about: unknown): string {
  return hash('sha256', JSON.stringify([method, isRpcId(about) ? about : null]), 'base64');
}

/** JSON, or `{}` if the value is nested too deep for this version of Node. */
function textOf(value: unknown): string {
  try {
    return isTooDeep(value) ? JSON.stringify(value) : sortedJson(value);
  } catch {
    return '{}';
  }
}

/** Waiting notifications in their order, of which some may be equal. */
class Side {
  readonly #all = new Set<Waiting>();
  readonly #byHash = new Map<string, Set<Waiting>>();

  get size(): number {
    return this.#all.size;
  }

  add(waiting: Waiting): void {
    this.#all.add(waiting);
    this.#byHash.set(waiting.hash, (this.#byHash.get(waiting.hash) ?? new Set()).add(waiting));
  }

  /** @param hash null for any */
  first(hash: string | null): Waiting | undefined {
    const [waiting] = hash === null ? this.#all : (this.#byHash.get(hash) ?? []);
    return waiting;
  }

  delete(waiting: Waiting): void {
    this.#all.delete(waiting);
    const equal = this.#byHash.get(waiting.hash);
    equal?.delete(waiting);
    if (equal?.size === 0) this.#byHash.delete(waiting.hash);
  }

  [Symbol.iterator](): Iterator<Waiting> {
    return this.#all.values();
  }
}
