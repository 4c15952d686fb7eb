import { isSecretField, isTokenField } from './credential-names.js';
import { isRecord, parseJson } from './json.js';
import { DEEPEST } from './map-strings.js';

/**
 * An OAuth body without its tokens: JSON, or a form as RFC 6749 wants it. Bodies that are neither, or are cut, are
 * replaced as a whole, since nobody can say where in them the tokens are. Null when there was nothing to replace.
 */
export function redactOAuthFields(content: Buffer, replace: Replace): Buffer | null {
  if (content.length === 0) return null;
  const fields = redactFields(content, isTokenField, replace);
  return fields === 'neither' ? Buffer.from(replace(content.toString())) : fields;
}

/** Any other body, JSON or form, without the fields whose names say secret. Null when there was nothing to replace. */
export function redactSecretFields(content: Buffer, replace: Replace): Buffer | null {
  const fields = redactFields(content, isSecretField, replace);
  return fields === 'neither' ? null : fields;
}

type Replace = (value: string) => string;
type IsSecret = (name: string) => boolean;

function redactFields(content: Buffer, isSecret: IsSecret, replace: Replace): Buffer | null | 'neither' {
  const text = content.toString();
  const json = parseJson(text);
  if (json !== undefined) return redactJson(json, isSecret, replace);
  if (/^[^\s=&{}<>"]+=[^\s{}<>"]*$/.test(text)) return redactForm(text, isSecret, replace);
  return 'neither';
}

function redactJson(json: unknown, isSecret: IsSecret, replace: Replace): Buffer | null {
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
    const fields = Object.entries(value).map(([name, field]) => [name, walk(field, isSecret(name), depth + 1)]);
    return Object.fromEntries(fields);
  };
  const safe = walk(json, false, 0);
  return changed ? Buffer.from(JSON.stringify(safe)) : null;
}

function redactForm(text: string, isSecret: IsSecret, replace: Replace): Buffer | null {
  let changed = false;
  const safe = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(text)) {
    const secret = value !== '' && isSecret(name);
    changed ||= secret;
    safe.append(name, secret ? replace(value) : value);
  }
  return changed ? Buffer.from(safe.toString()) : null;
}
