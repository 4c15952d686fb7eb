import { isTokenField } from './credential-names.js';
import { isRecord, parseJson } from './json.js';
import { DEEPEST } from './map-strings.js';

/**
 * An OAuth body without its tokens: JSON, or a form as RFC 6749 wants it. Bodies that are neither, or are cut, are
 * replaced as a whole, since nobody can say where in them the tokens are. Null when there was nothing to replace.
 */
export function redactFields(content: Buffer, replace: (value: string) => string): Buffer | null {
  if (content.length === 0) return null;
  const text = content.toString();
  const json = parseJson(text);
  if (json !== undefined) return redactJson(json, replace);
  if (/^[^\s=&{}<>"]+=[^\s{}<>"]*$/.test(text)) return redactForm(text, replace);
  return Buffer.from(replace(text));
}

function redactJson(json: unknown, replace: (value: string) => string): Buffer | null {
  let changed = false;
  const walk = (value: unknown, secret: boolean, depth: number): unknown => {
    if (secret && (typeof value === 'string' || typeof value === 'number')) {
      changed = true;
      return replace(String(value));
    }
    if (depth > DEEPEST) {
      changed = true;
      return '[nested too deep]';
    }
    if (Array.isArray(value)) return value.map((element) => walk(element, secret, depth + 1));
    if (!isRecord(value)) return value;
    const fields = Object.entries(value).map(([name, field]) => [name, walk(field, isTokenField(name), depth + 1)]);
    return Object.fromEntries(fields);
  };
  const safe = walk(json, false, 0);
  return changed ? Buffer.from(JSON.stringify(safe)) : null;
}

function redactForm(text: string, replace: (value: string) => string): Buffer | null {
  let changed = false;
  const safe = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(text)) {
    const secret = value !== '' && isTokenField(name);
    changed ||= secret;
    safe.append(name, secret ? replace(value) : value);
  }
  return changed ? Buffer.from(safe.toString()) : null;
}
