import { MIN_SECRET_LENGTH } from '../../base/credentials.js';
import { type Found, type Pattern, PatternAutomaton } from './pattern-automaton.js';

/** Shorter beginnings of secrets at the end of a text are not searched for: they would be found by chance. */
export const MIN_BEGINNING_LENGTH = 8;

/** No server sets as many cookies that matter. Beyond that the oldest quarter is forgotten. */
const MAX_SECRETS = 1_000;
const MAX_BYTES = 1024 * 1024;

/** New secrets are in an automaton of their own: each response may set a cookie, and the large one is slow to build. */
const MAX_NEW = 32;

/** Finds the secrets of a session in one pass over a text, in time linear in its length. */
export class SecretSearch {
  /** By their bytes as latin1, least recently seen first. */
  readonly #known = new Map<string, Pattern>();
  #bytes = 0;
  /** Finds all secrets but the fresh ones; null: must be made. */
  #settled: PatternAutomaton | null = null;
  #fresh: Pattern[] = [];
  /** Null: must be made of `#fresh`. */
  #freshAutomaton: PatternAutomaton | null = null;
  readonly #maxSecrets: number;

  /** @param maxSecrets of these, the oldest quarter is forgotten */
  constructor(maxSecrets = MAX_SECRETS) {
    this.#maxSecrets = maxSecrets;
  }

  /** Ignores bytes that are too short. Adding a secret again keeps it from being forgotten. */
  add(bytes: Buffer, label: string): void {
    if (bytes.length < MIN_SECRET_LENGTH) return;
    const name = bytes.toString('latin1');
    const known = this.#known.get(name);
    this.#known.delete(name);
    this.#known.set(name, known ?? { bytes, label });
    if (known !== undefined) return;
    this.#bytes += bytes.length;
    this.#fresh.push({ bytes, label });
    this.#freshAutomaton = null;
    if (this.#known.size > this.#maxSecrets || this.#bytes > MAX_BYTES) this.#forgetOldest();
    else if (this.#fresh.length > MAX_NEW) this.#settled = null;
  }

  /** Ranges of secrets, or of several that overlap. They are not in order, and may overlap each other. */
  find(text: Buffer): Found[] {
    return this.#automata().flatMap((automaton) => automaton.find(text));
  }

  /** Length of the longest beginning of a secret at the end of the text; 0 without one of `MIN_BEGINNING_LENGTH`. */
  cutAtEnd(text: Buffer): number {
    const longest = Math.max(...this.#automata().map((automaton) => automaton.cutAtEnd(text)));
    return longest < MIN_BEGINNING_LENGTH ? 0 : longest;
  }

  #automata(): PatternAutomaton[] {
    if (this.#settled === null) {
      this.#settled = new PatternAutomaton([...this.#known.values()]);
      this.#fresh = [];
      this.#freshAutomaton = null;
    }
    this.#freshAutomaton ??= new PatternAutomaton(this.#fresh);
    return [this.#settled, this.#freshAutomaton];
  }

  #forgetOldest(): void {
    for (const [name, { bytes }] of this.#known) {
      if (this.#known.size <= this.#maxSecrets * 0.75 && this.#bytes <= MAX_BYTES * 0.75) break;
      this.#known.delete(name);
      this.#bytes -= bytes.length;
    }
    this.#settled = null;
  }
}
