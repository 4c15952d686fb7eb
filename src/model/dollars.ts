/**
 * Dollars as every interface prints them: to a billionth, less than any token costs. Further digits of a sum of binary
 * fractions mean nothing, and depend on the order of the sum.
 */
export function roundDollars(dollars: number): number;
export function roundDollars(dollars: number | null): number | null;
export function roundDollars(dollars: number | null): number | null {
  return dollars === null ? null : Math.round(dollars * 1e9) / 1e9;
}
