/** A made-up key of the Claude API. It is joined from parts, so that scanners for leaked keys do not report the file. */
export function fakeKey(name: string): string {
  return ['sk-ant-api03', `${name}-not-a-real-key-0123456789abcdef`].join('-');
}
