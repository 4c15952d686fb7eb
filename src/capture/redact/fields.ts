import { parseJson } from '../../base/json.js';
import { type FieldSearch, type FieldValue, findJsonFields, startsLikeJson } from '../exchange/json-fields.js';
import { isTokenField } from './credential-names.js';
import { findFormFields, isForm } from './form-fields.js';
import { replaceRanges } from './replace-ranges.js';

/** How secrets are replaced. */
export interface Replacement {
  /** In place of a secret value. */
  secret(value: string): string;
  /** A URL without its secrets. */
  url(url: string): string;
}

/**
 * Replaces the tokens of an OAuth body: JSON, or a form (RFC 6749). A body that is neither, or is cut, is replaced as a whole,
 * since its tokens can be anywhere. Null where there was nothing to replace.
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
 * Replaces, in any other body, texts in fields with secret names, credentials in URLs, and what follows `Bearer`. The body is
 * JSON, also cut or in lines, or a form. Numbers are not secrets, since a `token` may be a count; nor are paths of files. Null
 * where there was nothing to replace.
 */
export function redactSecretFields(
  content: Buffer,
  isSecret: (name: string) => boolean,
  replacement: Replacement,
): Buffer | null {
  if (startsLikeJson(content)) return replaceTexts(content, { isSecret, mayHoldSecret }, replacement);
  return isForm(content) ? replaceFields(content, findFormFields(content, isSecret), replacement) : null;
}

/**
 * A conversation is kept for its exact text: what a user, a model or an MCP server said. A token in it is text, unless it is one of the
 * session's own. `content` is that of an answer.
 */
const CONVERSATION: ReadonlySet<string> = new Set(['messages', 'system', 'tools', 'content']);
/** The definition of a tool describes a property called `password`, but does not set it. */
const DEFINITION: ReadonlySet<string> = new Set(['input_schema', 'input_examples']);
/** Folders by name, such as `hostCredential` (auto mode of Claude Code 2.1.332). */
const FOLDERS = 'rule_roots';

/** Replaces secrets in the settings (`mcp_servers`) of a request to the Messages API, but not in its conversation. @returns null where there was none */
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

/** Values such as those of `PWD` and `GOOGLE_APPLICATION_CREDENTIALS`. A secret in Base64 hardly ever begins like this. */
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
