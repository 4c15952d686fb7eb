import { isSecretField, isTokenField } from './credential-names.js';
import { findFormFields, isForm } from './form-fields.js';
import { parseJson } from './json.js';
import { type FieldValue, findJsonFields, startsLikeJson } from './json-fields.js';
import { replaceRanges } from './replace-ranges.js';

type Replace = (value: string) => string;

/**
 * An OAuth body without its tokens: JSON, or a form as RFC 6749 wants it. Bodies that are neither, or are cut, are
 * replaced as a whole, since nobody can say where in them the tokens are. Null when there was nothing to replace.
 */
export function redactOAuthFields(content: Buffer, replace: Replace): Buffer | null {
  if (content.length === 0) return null;
  if (parseJson(content.toString()) !== undefined) {
    return replaceFields(content, findJsonFields(content, isTokenField), replace);
  }
  if (isForm(content)) return replaceFields(content, findFormFields(content, isTokenField), replace);
  return Buffer.from(replace(content.toString()));
}

/**
 * Any other body without the texts in fields whose names say secret: JSON, also cut or in lines, or a form. Figures are
 * no secrets: a `token` may well count some. Null when there was nothing to replace.
 */
export function redactSecretFields(content: Buffer, replace: Replace): Buffer | null {
  if (startsLikeJson(content)) {
    const texts = findJsonFields(content, isSecretField).filter(({ bare }) => !bare);
    return replaceFields(content, texts, replace);
  }
  return isForm(content) ? replaceFields(content, findFormFields(content, isSecretField), replace) : null;
}

/** Only the bytes of the values change. */
function replaceFields(content: Buffer, fields: readonly FieldValue[], replace: Replace): Buffer | null {
  if (fields.length === 0) return null;
  const ranges = fields.map(({ start, end, value, bare }) => {
    const label = replace(value);
    return { start, end, label: bare ? `"${label}"` : label };
  });
  return replaceRanges(content, ranges);
}
