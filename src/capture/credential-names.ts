/**
 * Words that make a header or query parameter a credential, standing alone between dashes, underscores or dots. Session ids
 * (`sid`) are none: statsig has one in its URL and in every body (Claude Code 2.0.30).
 */
const CREDENTIAL_WORD =
  /(?:^|[-_.])(?:(?:proxy-?)?authorization|auth|token|secret|passw(?:or)?d|credentials?|cookie2?|csrf|xsrf|csrftoken|session|signature|sig|jwt|dpop|assertion|otp|key|apikey|authtoken)(?:$|[-_.])/;

/** Ids and figures that the product lives on, though their names sound like credentials. */
const NO_CREDENTIAL =
  /^x-claude-code-(?:[a-z]+-)*id$|ratelimit|^x-client-request-id$|[-_](?:type|limit|remaining|reset)$|^sec-websocket-|idempotency-key$|(?:cache|surrogate|sort|partition)-key$/;

/** Whether the value of a header line, or of a URL's query parameter, is a credential judging by its name. */
export function isCredentialName(name: string): boolean {
  const plain = name.toLowerCase();
  return CREDENTIAL_WORD.test(plain.replaceAll('_', '-')) && !NO_CREDENTIAL.test(plain);
}

/** Of OAuth (RFC 6749, 7636, 8628, 7523, 8693) and of Anthropic's `create_api_key`. */
const OAUTH_FIELDS: ReadonlySet<string> = new Set([
  'code',
  'state',
  'code_verifier',
  'authorization_code',
  'device_code',
  'user_code',
  'assertion',
  'client_assertion',
  'raw_key',
  'api_key',
  'otp',
  'id_token_hint',
]);

/** Whether a field of an OAuth body holds a credential: `access_token`, `refreshToken`, `client_secret`, `code` … */
export function isTokenField(name: string): boolean {
  const plain = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  return OAUTH_FIELDS.has(plain) || /(?:^|_)(?:token|secret|password|key|jwt)$/.test(plain);
}

/** The same in bodies that are not OAuth's, where a `key` or a `code` can be anything. */
export function isSecretField(name: string): boolean {
  const plain = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  return /(?:^|_)(?:token|secret|password|jwt)$|(?:api|access|private|secret|signing)_key$/.test(plain);
}
