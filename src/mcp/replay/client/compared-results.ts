import { GrowingNumbers } from '../growing-numbers.js';
import { NamelessFile } from '../nameless-file.js';
import type { ComparedRequest } from './compare-session.js';
import type { ComparedNotification } from './notifications.js';

/** The results for one connection. Rows are in a file: memory holds three numbers for each. */
export class ComparedResults {
  readonly requests = new Rows<ComparedRequest>();
  /** Notifications, without those that are the same. */
  readonly notifications = new Rows<ComparedNotification>();
  readonly requestCounts = { same: 0, different: 0, unanswered: 0 };
  readonly notificationCounts = { same: 0, different: 0, missing: 0, unexpected: 0 };
  /** Methods of requests of the server without an answer in the recording. */
  unexpected: readonly string[] = [];
  /** Milliseconds that all answers took. */
  ms = 0;

  addRequest(request: ComparedRequest): void {
    this.requestCounts[request.outcome] += 1;
    this.ms += request.ms ?? 0;
    this.requests.add(request);
  }

  addNotification(notification: ComparedNotification): void {
    this.notificationCounts[notification.outcome] += 1;
    if (notification.outcome !== 'same') this.notifications.add(notification);
  }

  get isSame(): boolean {
    const { different, unanswered } = this.requestCounts;
    return different + unanswered + this.notifications.count + this.unexpected.length === 0;
  }

  close(): void {
    this.requests.close();
    this.notifications.close();
  }
}

/** Rows of JSON. */
class Rows<Row extends { seq: number | null }> {
  readonly #seqs = new GrowingNumbers();
  readonly #places = new GrowingNumbers();
  readonly #sizes = new GrowingNumbers(Int32Array);
  readonly #file = new NamelessFile();

  get count(): number {
    return this.#seqs.length;
  }

  add(row: Row): void {
    const bytes = Buffer.from(JSON.stringify(row));
    this.#seqs.push(row.seq ?? Number.POSITIVE_INFINITY);
    this.#places.push(this.#file.append(bytes));
    this.#sizes.push(bytes.length);
  }

  /** In the order of the recording; those without a place in it come last. */
  *[Symbol.iterator](): Generator<Row> {
    const order = Uint32Array.from({ length: this.count }, (_, index) => index);
    const seq = (index: number) => this.#seqs.at(index);
    order.sort((one, other) => (seq(one) === seq(other) ? one - other : seq(one) - seq(other)));
    for (const index of order) {
      const bytes = this.#file.read(this.#places.at(index), this.#sizes.at(index));
      // `add` wrote it.
      yield JSON.parse(bytes.toString()) as Row;
    }
  }

  close(): void {
    this.#file.close();
  }
}
