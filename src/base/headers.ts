type Headers = readonly (readonly [name: string, value: string])[];

/** The value of the first header with this lower-case name, or null. */
export function headerOf(headers: Headers, wanted: string): string | null {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? null;
}

/** The values of all headers with this lower-case name, in their order. */
export function headersOf(headers: Headers, wanted: string): string[] {
  return headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
}
