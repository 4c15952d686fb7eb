/**
 * Dollars as every interface prints them: to a billionth, less than any token costs. Sums of binary fractions have digits
 * beyond that which mean nothing, and which differ between two ways to add the same requests up.
 */
export function roundDollars(dollars: number): number;
export function roundDollars(dollars: number | null): number | null;
export function roundDollars(dollars: number | null): number | null {
  return dollars === null ? null : Math.round(dollars * 1e9) / 1e9;
}
