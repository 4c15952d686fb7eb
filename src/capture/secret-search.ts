/** Secrets shorter than this are not searched for: they would be found by chance. */
export const SHORTEST_SECRET = 12;
/** Beginnings of secrets, at the end of a text, that are shorter are not. */
export const SHORTEST_BEGINNING = 8;

/** Bytes that are hashed together; the longest jump ahead follows. */
const BLOCK = 3;
const LONGEST_SHIFT = SHORTEST_SECRET - BLOCK + 1;
const TABLE_SIZE = 1 << 15;

/** Where a secret stands, `end` excluded, and what stands in for it. */
export interface Found {
  start: number;
  end: number;
  label: string;
}

interface Pattern {
  bytes: Buffer;
  label: string;
}

/**
 * Finds many byte strings in one pass: the algorithm of Wu and Manber ("A fast algorithm for multi-pattern searching",
 * 1994). It looks at about every tenth byte, however many secrets there are: every response sets new cookies, so a
 * `Buffer.indexOf` for each would get slower by the hour.
 */
export class SecretSearch {
  /** How far the window may move when its last three bytes hash to an entry; 0: a secret may begin in it. */
  readonly #shift = new Uint8Array(TABLE_SIZE).fill(LONGEST_SHIFT);
  /** By the hash of the bytes that end a pattern's first `SHORTEST_SECRET` bytes. */
  readonly #patterns = new Map<number, Pattern[]>();
  readonly #known = new Set<string>();

  /** `bytes` of at least `SHORTEST_SECRET`; adding the same again changes nothing. */
  add(bytes: Buffer, label: string): void {
    const name = bytes.toString('latin1');
    if (bytes.length < SHORTEST_SECRET || this.#known.has(name)) return;
    this.#known.add(name);
    for (let last = BLOCK - 1; last < SHORTEST_SECRET; last++) {
      const hash = hashAt(bytes, last);
      this.#shift[hash] = Math.min(this.#shift[hash] ?? 0, SHORTEST_SECRET - 1 - last);
    }
    const hash = hashAt(bytes, SHORTEST_SECRET - 1);
    const alike = this.#patterns.get(hash);
    if (alike) alike.push({ bytes, label });
    else this.#patterns.set(hash, [{ bytes, label }]);
  }

  /** In order of `start`; of secrets that overlap, the union. */
  find(text: Buffer): Found[] {
    const found: Found[] = [];
    let last = SHORTEST_SECRET - 1;
    while (last < text.length) {
      const hash = hashAt(text, last);
      const shift = this.#shift[hash] ?? 0;
      if (shift === 0) this.#matchAt(text, last - SHORTEST_SECRET + 1, hash, found);
      last += shift || 1;
    }
    return found;
  }

  /** Length of the longest beginning of a secret, of at least `SHORTEST_BEGINNING`, that the text ends with; 0 for none. */
  cutAtEnd(text: Buffer): number {
    const last = text.at(-1);
    let longest = 0;
    for (const alike of this.#patterns.values()) {
      for (const { bytes } of alike) {
        const most = Math.min(bytes.length - 1, text.length);
        for (let length = most; length >= SHORTEST_BEGINNING && length > longest; length--) {
          if (bytes[length - 1] !== last) continue;
          if (bytes.compare(text, text.length - length, text.length, 0, length) === 0) longest = length;
        }
      }
    }
    return longest;
  }

  #matchAt(text: Buffer, start: number, hash: number, found: Found[]): void {
    for (const { bytes, label } of this.#patterns.get(hash) ?? []) {
      const end = start + bytes.length;
      if (end > text.length || text.compare(bytes, 0, bytes.length, start, end) !== 0) continue;
      const before = found.at(-1);
      if (before && start < before.end) before.end = Math.max(before.end, end);
      else found.push({ start, end, label });
    }
  }
}

function hashAt(bytes: Buffer, last: number): number {
  const a = bytes[last - 2] ?? 0;
  const b = bytes[last - 1] ?? 0;
  const c = bytes[last] ?? 0;
  return ((a << 10) ^ (b << 5) ^ c) & (TABLE_SIZE - 1);
}
