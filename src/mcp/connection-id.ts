const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * A lower-case ULID, as model/ids makes them, without `node:crypto`: loading it takes 2 to 10 ms, and nobody has to guess it.
 * @param at unix ms
 */
export function connectionId(at: number): string {
  let id = '';
  let time = Math.floor(at);
  for (let digit = 0; digit < 10; digit += 1) {
    id = ALPHABET[time % 32] + id;
    time = Math.floor(time / 32);
  }
  for (let digit = 0; digit < 16; digit += 1) id += ALPHABET[Math.floor(Math.random() * 32)];
  return id;
}
