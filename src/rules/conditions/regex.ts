import { RE2JS } from 're2js';

const MAX_PATTERN = 1_000;
/** A longer text is matched by its beginning: time is linear in the text, and bounded. */
const MAX_MATCHED = 1_000_000;
/** Characters of a text that a rule makes. */
const MAX_MADE = 16 * 1024 * 1024;

/** Whether a text has a match of the pattern, anywhere in it. Linear in the text, whatever the pattern (RE2). @throws Error */
export function compileRegex(pattern: string): (text: string) => boolean {
  const compiled = compileRe2(pattern);
  return (text) => compiled.test(text.length > MAX_MATCHED ? text.slice(0, MAX_MATCHED) : text);
}

/** @param replacement plain text @throws Error; so does the function, if its result would be too long */
export function compileReplacement(pattern: string, replacement: string): (text: string) => string {
  const compiled = compileRe2(pattern);
  return (text) => {
    const matcher = compiled.matcher(text.slice(0, MAX_MATCHED));
    const pieces: string[] = [];
    let end = 0;
    while (matcher.find()) {
      pieces.push(text.slice(end, matcher.start()), replacement);
      end = matcher.end();
      checkLength(pieces.length * replacement.length);
    }
    return pieces.join('') + text.slice(end);
  };
}

/** A short part that a hostile text has a million times could make gigabytes. @throws Error */
export function checkLength(length: number): void {
  if (length > MAX_MADE) throw new Error('the changed text would be too long');
}

function compileRe2(pattern: string): RE2JS {
  if (pattern.length > MAX_PATTERN)
    throw new Error(`expected a regular expression of at most ${MAX_PATTERN} characters`);
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error);
    throw new Error(`not a regular expression of RE2 (linear, so no lookaround and no backreferences): ${reason}`);
  }
}
