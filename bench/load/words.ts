const WORDS = (
  'the function returns early when input is empty so we should add a test for that case and keep the error message short ' +
  'read file write path module import export const value type string number config server client request response parse ' +
  'buffer stream event handler promise await retry timeout branch commit merge review deploy build lint cache index query ' +
  'schema column row table migration token session user prompt tool result output step plan check fix refactor rename move'
).split(' ');

/** Text of about `length` bytes that no other call returns: for bodies that a store cannot simply fold together. */
export function randomText(length: number): string {
  const words: string[] = [];
  for (let size = 0; size < length; ) {
    const random = Math.floor(Math.random() * 0x1000_0000);
    // Every tenth word or so is one of its own kind, as identifiers and hashes are in real prompts.
    const word = random % 10 === 0 ? `id_${random.toString(36)}` : (WORDS[random % WORDS.length] ?? '');
    words.push(word);
    size += word.length + 1;
  }
  return words.join(' ').slice(0, length);
}
