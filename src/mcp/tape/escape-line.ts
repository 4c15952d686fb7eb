/** Control and format characters, such as those that set the direction of text. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * JSON on one line with these characters escaped, which keeps its meaning: in valid JSON of one line they only occur in texts. So a
 * tape can be printed on a terminal.
 */
export function escapeLine(json: string): string {
  // Most lines have only ASCII, which is found ten times as fast.
  if (!/[^ -~]/.test(json)) return json;
  return json.replace(UNSAFE, (found) =>
    Array.from(
      { length: found.length },
      (_, unit) => `\\u${found.charCodeAt(unit).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
