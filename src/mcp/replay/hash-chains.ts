import { GrowingNumbers } from './growing-numbers.js';

const WORDS = 4;
/** Used in place of the number of an item. */
export const NONE = -1;

/**
 * Items by a hash of 128 bits, those of one hash in the order in which they were added. An item is known by its number, and takes
 * some 32 bytes, whatever it is.
 */
export class HashChains {
  readonly #hashes = new GrowingNumbers(Int32Array);
  /** For each item, the next one with its hash. */
  readonly #next = new GrowingNumbers(Int32Array);
  /** For the first item of a hash, the last one; -1 for all others. */
  readonly #last = new GrowingNumbers(Int32Array);
  /** First items, by their hash: at least half of the slots are free. */
  #slots = new Int32Array(64).fill(NONE);
  #heads = 0;

  /** The item gets the next number, from 0. @param hash at least 16 bytes */
  add(hash: Buffer): void {
    const item = this.#next.length;
    for (let word = 0; word < WORDS; word++) this.#hashes.push(hash.readInt32LE(word * 4));
    this.#next.push(NONE);
    const slot = this.#slotOf((word) => hash.readInt32LE(word * 4));
    const head = this.#slots[slot] ?? NONE;
    this.#last.push(head === NONE ? item : NONE);
    if (head === NONE) {
      this.#slots[slot] = item;
      this.#heads += 1;
      if (this.#heads * 2 > this.#slots.length) this.#grow();
      return;
    }
    this.#next.set(this.#last.at(head), item);
    this.#last.set(head, item);
  }

  /** The first item with a hash; -1 without one. */
  first(hash: Buffer): number {
    return this.#slots[this.#slotOf((word) => hash.readInt32LE(word * 4))] ?? NONE;
  }

  /** The next item with the same hash; -1 after the last one. */
  next(item: number): number {
    return this.#next.at(item);
  }

  /** The slot of the hash, or a free one. */
  #slotOf(wordAt: (word: number) => number): number {
    const mask = this.#slots.length - 1;
    for (let slot = wordAt(0) & mask; ; slot = (slot + 1) & mask) {
      const head = this.#slots[slot] ?? NONE;
      if (head === NONE || this.#isHash(head, wordAt)) return slot;
    }
  }

  #isHash(item: number, wordAt: (word: number) => number): boolean {
    for (let word = 0; word < WORDS; word++) if (this.#hashes.at(item * WORDS + word) !== wordAt(word)) return false;
    return true;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(NONE);
    for (let item = 0; item < this.#last.length; item++) {
      if (this.#last.at(item) !== NONE)
        this.#slots[this.#slotOf((word) => this.#hashes.at(item * WORDS + word))] = item;
    }
  }
}
