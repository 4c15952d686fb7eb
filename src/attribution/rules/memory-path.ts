/** The path in what stands behind `Contents of `: a colon ends the line, a description in parentheses may stand before it. */
export function memoryPath(line: string): string | null {
  const trimmed = line.trimEnd();
  if (!trimmed.endsWith(':')) return null;
  const named = trimmed.slice(0, -1);
  const description = named.endsWith(')') ? named.lastIndexOf(' (') : -1;
  const isDescribed =
    description > 0 && !/[()]/.test(named.slice(description + 2, -1)) && named.length > description + 3;
  const path = isDescribed ? named.slice(0, description) : named;
  return path === '' ? null : path;
}
