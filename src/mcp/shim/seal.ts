/**
 * Keeps what the user wrote into a server's entry out of our files. Each literal text of an entry is combined with random bytes
 * of its own (a one-time pad), which only the environment of the command holds. References such as `${TOKEN}` stay as written:
 * Claude Code replaces them. A cipher would do the same, but loading one takes 2 to 10 ms of each server's start.
 */

/**
 * What the replacement of references may depend on: `${NAME}`, `${NAME:-` and `}`. Claude Code 2.0.30 takes any text for a name,
 * newer versions only names of variables.
 */
const STRUCTURE = /\$\{(?:[^}:$]*(?=\})|[^}:$]*:-)?|\}/g;

/** Random bytes for the texts of one run. */
export interface Pad {
  /** Marks the sealed texts of this run. */
  mark: string;
  bytes: Uint8Array;
}

export interface Sealer {
  /** @throws RangeError when the pad is used up */
  seal(text: string): string;
}

export function createSealer({ mark, bytes }: Pad): Sealer {
  let used = 0;
  const sealed = (literal: string): string => {
    if (literal === '') return '';
    const plain = Buffer.from(literal);
    const start = used;
    used += plain.length;
    if (used > bytes.length) throw new RangeError('the pad is used up');
    return `${mark}(${start}.${combine(plain, bytes, start).toString('base64url')})`;
  };
  return {
    seal(text) {
      let result = '';
      let end = 0;
      for (const { 0: kept, index } of text.matchAll(STRUCTURE)) {
        result += sealed(text.slice(end, index)) + kept;
        end = index + kept.length;
      }
      return result + sealed(text.slice(end));
    },
  };
}

/** The inverse, after references were replaced. */
export function unseal(text: string, { mark, bytes }: Pad): string {
  return text.replaceAll(new RegExp(`${mark}\\((\\d+)\\.([\\w-]+)\\)`, 'g'), (_whole, start: string, coded: string) =>
    combine(Buffer.from(coded, 'base64url'), bytes, Number(start)).toString(),
  );
}

function combine(text: Buffer, pad: Uint8Array, start: number): Buffer {
  return text.map((byte, index) => byte ^ (pad[start + index] ?? 0)) as Buffer;
}

/** As the value of an environment variable. */
export function writePad({ mark, bytes }: Pad): string {
  return `${mark}.${Buffer.from(bytes).toString('base64url')}`;
}

export function readPad(value: string): Pad {
  const [mark = '', coded = ''] = value.split('.');
  return { mark, bytes: Buffer.from(coded, 'base64url') };
}
