/** Of a control sequence, as the emulator hands them over; those with a colon are lists. */
export type Parameters = readonly (number | number[])[];

/** A parameter that is left out, or has sub-parameters where none belong, is its default. */
export function parameter(params: Parameters, index: number, byDefault: number): number {
  const value = params[index];
  return typeof value === 'number' && value >= 0 ? value : byDefault;
}
