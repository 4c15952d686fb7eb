/**
 * Shares a bill in proportion to estimates: whole tokens that sum to the bill exactly (largest remainder, ties to the
 * earlier one). A bill above 0 needs an estimate above 0.
 */
export function shareBill(estimates: readonly number[], bill: number): number[] {
  const total = estimates.reduce((sum, estimate) => sum + estimate, 0);
  if (total === 0) return estimates.map(() => 0);

  // Bigints: estimate x bill passes 2^53 for large requests, and a rounding error would break the sum.
  const [wideBill, wideTotal] = [BigInt(bill), BigInt(total)];
  const shares: number[] = [];
  const remainders: bigint[] = [];
  let left = bill;
  for (const estimate of estimates) {
    const product = BigInt(estimate) * wideBill;
    const share = Number(product / wideTotal);
    shares.push(share);
    remainders.push(product % wideTotal);
    left -= share;
  }
  const order = remainders.map((_, index) => index).sort((a, b) => compare(remainders[b], remainders[a]) || a - b);
  for (const index of order.slice(0, left)) shares[index] = (shares[index] ?? 0) + 1;
  return shares;
}

function compare(a = 0n, b = 0n): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
