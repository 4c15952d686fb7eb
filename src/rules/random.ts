/** Numbers in [0, 1). The same seed and name give the same numbers; without a seed they differ from run to run. */
export function randomNumbers(seed: number | undefined, name: string): () => number {
  if (seed === undefined) return Math.random;
  let state = hash(`${seed}:${name}`);
  // Mulberry32, of Tommy Ettinger: 32 bits of state are plenty for experiments.
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value;
}
