import { randomBytes } from 'node:crypto';
import { combine, type Pad } from './unseal.js';

/**
 * Keeps what the user wrote into a server's entry out of our files. Each literal text of an entry is combined with random bytes
 * of its own (a one-time pad), which only the environment of the command holds. References such as `${TOKEN}` stay as written:
 * Claude Code replaces them. A cipher would do the same, but loading one takes 2 to 10 ms of each server's start.
 */
export interface Sealer {
  /** @throws RangeError when the text has more bytes than are free */
  seal(text: string): string;
  /** Bytes that can still be sealed. */
  readonly free: number;
  /** For all that was sealed. */
  readonly pad: Pad;
}

/**
 * The text on which the replacement of references may depend: `${NAME}`, `${NAME:-` and `}`. Claude Code 2.0.30 takes any text for a name,
 * newer versions only names of variables.
 */
const STRUCTURE = /\$\{(?:[^}:$]*(?=\})|[^}:$]*:-)?|\}/g;

/** Below the limit of the system for one variable: 128 kB on Linux. */
const MAX_BYTES = 64 * 1024;

export function createSealer(maxBytes = MAX_BYTES): Sealer {
  const mark = `ct${randomBytes(6).toString('hex')}`;
  const parts: Buffer[] = [];
  let used = 0;

  function sealLiteral(literal: string): string {
    if (literal === '') return '';
    const plain = Buffer.from(literal);
    if (used + plain.length > maxBytes) throw new RangeError('the entries of MCP servers are too long');
    const part = randomBytes(plain.length);
    const start = used;
    parts.push(part);
    used += part.length;
    return `${mark}(${start}.${combine(plain, part).toString('base64url')})`;
  }

  return {
    seal(text) {
      let result = '';
      let end = 0;
      for (const { 0: kept, index } of text.matchAll(STRUCTURE)) {
        result += sealLiteral(text.slice(end, index)) + kept;
        end = index + kept.length;
      }
      return result + sealLiteral(text.slice(end));
    },
    get free() {
      return maxBytes - used;
    },
    get pad() {
      return { mark, bytes: Buffer.concat(parts) };
    },
  };
}

/** As the value of an environment variable. */
export function writePad({ mark, bytes }: Pad): string {
  return `${mark}.${Buffer.from(bytes).toString('base64url')}`;
}
