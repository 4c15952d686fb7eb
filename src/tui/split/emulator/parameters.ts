/** Parameters of a control sequence, as the emulator gives them; those with a colon are lists. */
export type Parameters = readonly (number | number[])[];

/** The default is used for a missing parameter, and for one with sub-parameters. */
export function parameter(params: Parameters, index: number, byDefault: number): number {
  const value = params[index];
  return typeof value === 'number' && value >= 0 ? value : byDefault;
}
