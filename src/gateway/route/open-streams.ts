import { now } from '../../base/clock.js';
import type { Canceller } from '../cancel-signal.js';
import type { GatewayRequest } from '../request.js';
import type { Exchange } from '../server/exchange.js';

/** Why a stream ends as if upstream had ended it. */
export const ENDED = new Error('the stream was ended');

/** Longer times overflow a timer of Node. Streams do not live so long. */
const MAX_MS = 2 ** 31 - 1;
/** A check may ask an issuer. */
const CHECKS_AT_ONCE = 50;

/** Whether the answer stays open for as long as the client wants. Clients open such a stream again when it has ended. */
export function isStream({ method, messages }: Pick<GatewayRequest, 'method' | 'messages'>): boolean {
  return method === 'GET' || messages.some((each) => each.method === 'subscriptions/listen');
}

/** The answer to a request that stays open, from before upstream has begun it. */
export class OpenStream {
  readonly exchange: Exchange;
  /** The header with which its client was authenticated; empty without one. */
  readonly credential: string;
  readonly #left: Canceller;
  #expiry: NodeJS.Timeout | undefined;

  /** @param left aborted when upstream's answer is no longer needed */
  constructor(exchange: Exchange, left: Canceller) {
    this.exchange = exchange;
    this.credential = credentialIn(exchange);
    this.#left = left;
  }

  readonly end = (): void => this.#left.abort(ENDED);

  /** The stream ends with the credential of its client. @param expiresAt unix milliseconds; null for never */
  expireAt(expiresAt: number | null): void {
    clearTimeout(this.#expiry);
    if (expiresAt === null || this.#left.aborted) return;
    this.#expiry = setTimeout(this.end, Math.min(Math.max(0, expiresAt - Date.now()), MAX_MS));
  }
}

/** Without `X-Api-Key`: API keys end only by a reload, which checks all streams. */
function credentialIn({ request: { headers } }: Exchange): string {
  return headers.authorization ?? headers.cookie ?? '';
}

/** The streams of all clients. */
export class OpenStreams {
  readonly #open = new Set<OpenStream>();
  /** Many requests may ask for those of one credential. */
  readonly #byCredential = new Map<string, Set<OpenStream>>();
  readonly #check: (stream: OpenStream) => Promise<void>;
  #checkedAt = 0;
  #isStopping = false;

  /** @param check ends a stream whose client could not open it now; never throws */
  constructor(check: (stream: OpenStream) => Promise<void>) {
    this.#check = check;
  }

  add(stream: OpenStream): void {
    this.#open.add(stream);
    const same = this.#byCredential.get(stream.credential) ?? new Set();
    this.#byCredential.set(stream.credential, same.add(stream));
    if (this.#isStopping) stream.end();
    // Its client was authenticated before.
    else if (stream.exchange.at <= this.#checkedAt) void this.#check(stream);
  }

  delete(stream: OpenStream): void {
    this.#open.delete(stream);
    const same = this.#byCredential.get(stream.credential);
    same?.delete(stream);
    if (same?.size === 0) this.#byCredential.delete(stream.credential);
  }

  /** Checks those streams again whose clients have the credential of a request. */
  checkLike(exchange: Exchange): void {
    for (const stream of this.#byCredential.get(credentialIn(exchange)) ?? []) void this.#check(stream);
  }

  /** Checks all streams again, or those of one subject. */
  async check(subject?: string): Promise<void> {
    this.#checkedAt = now();
    const streams = [...this.#open].filter(
      ({ exchange }) => subject === undefined || exchange.ending.subject === subject,
    );
    const checkSome = async () => {
      for (let next = streams.pop(); next !== undefined; next = streams.pop()) await this.#check(next);
    };
    await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, checkSome));
  }

  /** Ends all streams, and those that are added later. */
  stop(): void {
    this.#isStopping = true;
    for (const stream of this.#open) stream.end();
  }
}
