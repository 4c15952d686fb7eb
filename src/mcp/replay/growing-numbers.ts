const CHUNK_BITS = 10;
const CHUNK = 1 << CHUNK_BITS;

type Kind = Float64ArrayConstructor | Int32ArrayConstructor | Uint8ArrayConstructor;

/** A list of numbers that grows, at 8, 4 or 1 bytes for each, and is never copied. */
export class GrowingNumbers {
  readonly #kind: Kind;
  readonly #chunks: InstanceType<Kind>[] = [];
  #length = 0;

  constructor(kind: Kind = Float64Array) {
    this.#kind = kind;
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    const at = this.#length & (CHUNK - 1);
    if (at === 0) this.#chunks.push(new this.#kind(CHUNK));
    this.#length += 1;
    this.set(this.#length - 1, value);
  }

  /** NaN outside of the list. */
  at(index: number): number {
    if (!(index >= 0 && index < this.#length)) return Number.NaN;
    return this.#chunks[index >> CHUNK_BITS]?.[index & (CHUNK - 1)] ?? Number.NaN;
  }

  /** @param index within the list */
  set(index: number, value: number): void {
    const chunk = this.#chunks[index >> CHUNK_BITS];
    if (chunk !== undefined) chunk[index & (CHUNK - 1)] = value;
  }

  /** How many numbers of a list that never decreases are at most this large. */
  countUpTo(limit: number): number {
    let [low, high] = [0, this.#length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.at(middle) <= limit) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
