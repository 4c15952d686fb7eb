import { MIN_SECRET_LENGTH } from '../../base/credentials.js';

/** Minimum length of a pattern, which is also about as much of a text as one lookup skips. */
const MIN_PATTERN_LENGTH = MIN_SECRET_LENGTH;

/** Bytes that are hashed together. */
const BLOCK = 3;
const MAX_SHIFT = MIN_PATTERN_LENGTH - BLOCK + 1;

/** The place of a pattern in a text, `end` excluded, and the text that replaces it. */
export interface Found {
  start: number;
  end: number;
  label: string;
}

export interface Pattern {
  bytes: Buffer;
  label: string;
}

const ROOT = 0;

/**
 * Finds many byte strings in time linear in the text, for any text and patterns: by the automaton of Aho and Corasick
 * ("Efficient string matching", 1975), where the table of Wu and Manber ("A fast algorithm for multi-pattern searching", 1994)
 * says that a pattern may begin. The table is looked up for about every tenth byte of an ordinary text.
 *
 * Libraries of this kind (modern-ahocorasick and others) report every occurrence of every pattern, which is quadratic for
 * patterns of one repeated letter, and they read strings. For a union, the longest pattern that ends at a place is enough.
 */
export class PatternAutomaton {
  readonly #patterns: readonly Pattern[];
  /** By the hash of a window's last block: how far the window may move; 0: a pattern may begin in it. */
  readonly #shift: Uint8Array;
  /** Children by parent and byte, in an open hash table, in which an empty slot has key 0. */
  readonly #keys: Int32Array;
  readonly #children: Int32Array;
  readonly #depth: Int32Array;
  /** By state: that of the longest proper end of its string that begins a pattern. */
  readonly #fail: Int32Array;
  readonly #isLeaf: Uint8Array;
  /** By state: the longest pattern that its string ends with, counted from 1; 0 for none. */
  readonly #match: Int32Array;
  readonly #longest: number;
  #states = 1;

  constructor(patterns: readonly Pattern[]) {
    this.#patterns = patterns;
    const room = patterns.reduce((sum, { bytes }) => sum + bytes.length, 1);
    this.#longest = patterns.reduce((longest, { bytes }) => Math.max(longest, bytes.length), 0);
    this.#keys = new Int32Array(powerOfTwo(room * 2));
    this.#children = new Int32Array(this.#keys.length);
    this.#depth = new Int32Array(room);
    this.#fail = new Int32Array(room);
    this.#isLeaf = new Uint8Array(room).fill(1);
    this.#match = new Int32Array(room);
    this.#shift = new Uint8Array(patterns.length > 100 ? 1 << 18 : 1 << 15).fill(MAX_SHIFT);
    const parents = new Int32Array(room);
    const letters = new Uint8Array(room);
    patterns.forEach(({ bytes }, index) => {
      this.#noteBeginning(bytes);
      let state = ROOT;
      for (const byte of bytes) {
        const child = this.#child(state, byte);
        if (child === ROOT) {
          parents[this.#states] = state;
          letters[this.#states] = byte;
        }
        state = child === ROOT ? this.#append(state, byte) : child;
      }
      this.#match[state] = index + 1;
    });
    this.#link(parents, letters);
  }

  /** In order of `start`; patterns that overlap are joined. */
  find(text: Buffer): Found[] {
    const found: Found[] = [];
    if (this.#patterns.length === 0) return found;
    let last = MIN_PATTERN_LENGTH - 1;
    while (last < text.length) {
      const shift = this.#shift[this.#hashAt(text, last)] ?? 1;
      last =
        shift > 0 ? last + shift : this.#follow(text, last - MIN_PATTERN_LENGTH + 1, found) + MIN_PATTERN_LENGTH - 1;
    }
    return found;
  }

  /** Length of the longest proper beginning of a pattern at the end of the text. */
  cutAtEnd(text: Buffer): number {
    let state = ROOT;
    for (let pos = Math.max(0, text.length - this.#longest); pos < text.length; pos++) {
      state = this.#next(state, text[pos] ?? 0);
    }
    while (this.#isLeaf[state] === 1 && state !== ROOT) state = this.#fail[state] ?? ROOT;
    return this.#depth[state] ?? 0;
  }

  /** Reads from `begin` while a pattern may follow. @returns where the next one may begin */
  #follow(text: Buffer, begin: number, found: Found[]): number {
    let state = ROOT;
    let pos = begin;
    let start = begin;
    do {
      state = this.#next(state, text[pos] ?? 0);
      pos++;
      const pattern = this.#patterns[(this.#match[state] ?? 0) - 1];
      if (pattern !== undefined) add(found, { start: pos - pattern.bytes.length, end: pos, label: pattern.label });
      start = pos - (this.#depth[state] ?? 0);
    } while (pos < text.length && (start === begin || pos - start >= MIN_PATTERN_LENGTH));
    return pos === text.length ? text.length : start;
  }

  #next(from: number, byte: number): number {
    let state = from;
    for (;;) {
      const child = this.#child(state, byte);
      if (child !== ROOT || state === ROOT) return child;
      state = this.#fail[state] ?? ROOT;
    }
  }

  /** ROOT, which is no state's child, if the state has no such child. */
  #child(state: number, byte: number): number {
    return this.#children[this.#slot((state << 8) | byte)] ?? ROOT;
  }

  #append(parent: number, byte: number): number {
    const state = this.#states++;
    const key = (parent << 8) | byte;
    const slot = this.#slot(key);
    this.#keys[slot] = key + 1;
    this.#children[slot] = state;
    this.#depth[state] = (this.#depth[parent] ?? 0) + 1;
    this.#isLeaf[parent] = 0;
    return state;
  }

  /** The slot of a key, or the one for it. */
  #slot(key: number): number {
    const mask = this.#keys.length - 1;
    let slot = (Math.imul(key, 0x9e3779b1) >>> 7) & mask;
    while (this.#keys[slot] !== 0 && this.#keys[slot] !== key + 1) slot = (slot + 1) & mask;
    return slot;
  }

  /** Goes by depth, since the state that another fails to is shorter. */
  #link(parents: Int32Array, letters: Uint8Array): void {
    for (const state of this.#byDepth()) {
      const parent = parents[state] ?? ROOT;
      const fail = parent === ROOT ? ROOT : this.#next(this.#fail[parent] ?? ROOT, letters[state] ?? 0);
      this.#fail[state] = fail;
      if (this.#match[state] === 0) this.#match[state] = this.#match[fail] ?? 0;
    }
  }

  /** All states but the root, sorted by counting. */
  #byDepth(): Int32Array {
    const next = new Int32Array(this.#longest + 2);
    for (let state = 1; state < this.#states; state++) bump(next, (this.#depth[state] ?? 0) + 1);
    for (let depth = 1; depth < next.length; depth++) next[depth] = (next[depth] ?? 0) + (next[depth - 1] ?? 0);
    const ordered = new Int32Array(this.#states - 1);
    for (let state = 1; state < this.#states; state++) ordered[bump(next, this.#depth[state] ?? 0)] = state;
    return ordered;
  }

  #noteBeginning(bytes: Buffer): void {
    for (let last = BLOCK - 1; last < MIN_PATTERN_LENGTH; last++) {
      const hash = this.#hashAt(bytes, last);
      this.#shift[hash] = Math.min(this.#shift[hash] ?? 0, MIN_PATTERN_LENGTH - 1 - last);
    }
  }

  #hashAt(bytes: Buffer, last: number): number {
    const a = bytes[last - 2] ?? 0;
    const b = bytes[last - 1] ?? 0;
    const c = bytes[last] ?? 0;
    return ((a << 10) ^ (b << 5) ^ c) & (this.#shift.length - 1);
  }
}

/** Joins a range with those that it overlaps, which all end before it. The label is that of the first to begin. */
function add(found: Found[], range: Found): void {
  for (let before = found.at(-1); before !== undefined && range.start < before.end; before = found.at(-1)) {
    found.pop();
    if (before.start < range.start) {
      range.start = before.start;
      range.label = before.label;
    }
  }
  found.push(range);
}

/** Counts one more. @returns the count before */
function bump(counts: Int32Array, index: number): number {
  const count = counts[index] ?? 0;
  counts[index] = count + 1;
  return count;
}

function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(2, least)));
}
