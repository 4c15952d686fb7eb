/**
 * Shares a total in proportion to weights (0 or more): whole numbers that sum to it exactly (largest remainder method, ties to
 * the earlier one). Weights that are all 0 share it evenly.
 */
export function apportion(weights: readonly number[], total: number): number[] {
  if (weights.length === 0) return [];
  const sum = weights.reduce((all, weight) => all + weight, 0);
  if (sum === 0)
    return apportion(
      weights.map(() => 1),
      total,
    );

  const shares: number[] = [];
  const remainders: number[] = [];
  let left = total;
  for (const weight of weights) {
    const exact = (weight / sum) * total;
    const share = Math.floor(exact);
    shares.push(share);
    remainders.push(exact - share);
    left -= share;
  }
  const order = remainders
    .map((_, index) => index)
    .sort((a, b) => (remainders[b] ?? 0) - (remainders[a] ?? 0) || a - b);
  for (const index of order.slice(0, Math.max(0, left))) {
    shares[index] = (shares[index] ?? 0) + 1;
    left -= 1;
  }
  // Only totals near 2^53, where a double has no room for a remainder, leave something; it goes to the greatest weight.
  const greatest = weights.indexOf(weights.reduce((most, weight) => Math.max(most, weight), 0));
  shares[greatest] = (shares[greatest] ?? 0) + left;
  return shares;
}
