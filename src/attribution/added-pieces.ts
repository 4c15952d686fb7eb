/** Pieces that `before` does not hold as often: the second "yes" of a conversation is new. */
export function addedTo<Hashed extends { hash: string }>(
  before: readonly string[],
  pieces: readonly Hashed[],
): Hashed[] {
  const known = new Map<string, number>();
  for (const hash of before) known.set(hash, (known.get(hash) ?? 0) + 1);
  return pieces.filter(({ hash }) => {
    const times = known.get(hash) ?? 0;
    known.set(hash, times - 1);
    return times <= 0;
  });
}
