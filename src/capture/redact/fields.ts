import { parseJson } from '../../base/json.js';
import { type FieldSearch, type FieldValue, findJsonFields, startsLikeJson } from '../exchange/json-fields.js';
import { isTokenField } from './credential-names.js';
import { findFormFields, isForm } from './form-fields.js';
import { replaceRanges } from './replace-ranges.js';

/** What stands in for secrets. */
export interface Replacement {
  /** For a value that is one. */
  secret(value: string): string;
  /** For a URL: itself, without those in it. */
  url(url: string): string;
}

/**
 * An OAuth body without its tokens: JSON, or a form as RFC 6749 wants it. Bodies that are neither, or are cut, are
 * replaced as a whole, since nobody can say where in them the tokens are. Null when there was nothing to replace.
 */
export function redactOAuthFields(content: Buffer, replacement: Replacement): Buffer | null {
  if (content.length === 0) return null;
  if (parseJson(content.toString()) !== undefined) {
    return replaceFields(content, findJsonFields(content, { isSecret: isTokenField }), replacement);
  }
  if (isForm(content)) return replaceFields(content, findFormFields(content, isTokenField), replacement);
  return Buffer.from(replacement.secret(content.toString()));
}

/**
 * Any other body without the texts in fields whose names say secret, without credentials in URLs, and without what follows
 * `Bearer`: JSON, also cut or in lines, or a form. Figures are no secrets: a `token` may well count some; nor are paths of
 * files. Null when there was nothing to replace.
 */
export function redactSecretFields(
  content: Buffer,
  isSecret: (name: string) => boolean,
  replacement: Replacement,
): Buffer | null {
  if (startsLikeJson(content)) return replaceTexts(content, { isSecret, mayHoldSecret }, replacement);
  return isForm(content) ? replaceFields(content, findFormFields(content, isSecret), replacement) : null;
}

/** Of a conversation: its exact text is what it is kept for. A token there is text, unless it is one of the session's own. */
const CONVERSATION: ReadonlySet<string> = new Set(['messages', 'system']);
/** Of a tool: a property called `password` is described there, not set. */
const DEFINITION: ReadonlySet<string> = new Set(['input_schema', 'input_examples']);
/** Folders by what names them, among it `hostCredential` (auto mode of Claude Code 2.1.332). */
const FOLDERS = 'rule_roots';

/** A request to the Messages API without the secrets of its settings (`mcp_servers`), its conversation as it was. Null as above. */
export function redactSettingFields(
  content: Buffer,
  isSecret: (name: string) => boolean,
  replacement: Replacement,
): Buffer | null {
  if (!startsLikeJson(content)) return null;
  const isSkipped = (name: string, depth: number) =>
    DEFINITION.has(name) || name === FOLDERS || (depth === 1 && CONVERSATION.has(name));
  return replaceTexts(content, { isSecret, mayHoldSecret, isSkipped }, replacement);
}

const URL_TEXT = /^(?:https?|wss?):(?:\/|\\\/){2}/i;
const SCHEME_TEXT = /^(bearer|basic|token) /i;

function mayHoldSecret(beginning: string): boolean {
  return URL_TEXT.test(beginning) || SCHEME_TEXT.test(beginning);
}

/** `PWD`, `GOOGLE_APPLICATION_CREDENTIALS`: a secret in Base64 hardly ever begins like this. */
const PATH = /^(?:[A-Za-z]:[\\/]|~\/|\/(?:[a-z]{2,}|Users|Volumes|Library|Applications)\/)/;

function replaceTexts(content: Buffer, search: FieldSearch, replacement: Replacement): Buffer | null {
  return replaceFields(
    content,
    findJsonFields(content, search).filter(({ bare, value }) => !bare && !PATH.test(value)),
    replacement,
  );
}

/** Only the bytes of the values change. */
function replaceFields(content: Buffer, fields: readonly FieldValue[], { secret, url }: Replacement): Buffer | null {
  const ranges = fields.flatMap(({ start, end, value, bare, named }) => {
    if (named) return [{ start, end, label: bare ? `"${secret(value)}"` : secret(value) }];
    const scheme = /^(\w+ +)(\S{12,})$/.exec(value);
    const safe = scheme ? `${scheme[1]}${secret(scheme[2] ?? '')}` : url(value);
    return safe === value ? [] : [{ start, end, label: JSON.stringify(safe).slice(1, -1) }];
  });
  return ranges.length === 0 ? null : replaceRanges(content, ranges);
}
