/**
 * Words between dashes, underscores or dots that mark a header or query parameter as a credential. Session ids (`sid`) are not:
 * statsig has one in its URL and in every body (Claude Code 2.0.30).
 */
const CREDENTIAL_WORD =
  /(?:^|[-.])(?:(?:proxy-?)?authorization|auth|token|secret|pass(?:word|wd|phrase|code)?|pwd|bearer|credentials?|cookie2?|csrf|xsrf|csrftoken|session|signature|sig|jwt|dpop|assertion|otp|api-?key|authtoken|(?:api|access)-?token|authkey|samlresponse)(?:$|[-.])|(?:^|[-.])key$/;

/** Ids and figures that we need, although their names sound like credentials. */
const NO_CREDENTIAL =
  /^x-claude-code-(?:[a-z]+-)*id$|ratelimit|^x-client-request-id$|-(?:type|limit|remaining|reset)$|^sec-websocket-|(?:idempotency|cache|surrogate|sort|partition)-key$|pass-through/;

/** Whether a header or a query parameter of that name holds a credential. */
export function isCredentialName(name: string): boolean {
  const plain = name.toLowerCase().replaceAll('_', '-');
  return CREDENTIAL_WORD.test(plain) && !NO_CREDENTIAL.test(plain);
}

/** Token fields of OAuth (RFC 6749, 7636, 8628, 7523, 8693) and of Anthropic's `create_api_key`. */
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
  const plain = inWords(name);
  if (OAUTH_FIELDS.has(plain)) return true;
  return (
    /(?:^|_)(?:token|secret|password|passwd|key|apikey|jwt)$/.test(plain) &&
    !NO_CREDENTIAL.test(plain.replaceAll('_', '-'))
  );
}

/** Whether a field of a body that is not OAuth's is a secret by its name: there a `key` or a `code` can be anything. */
export function isSecretField(name: string): boolean {
  const plain = inWords(name);
  return (
    /(?:^|_)(?:token|secret|pass|password|passwd|passphrase|passcode|pwd|jwt|authorization|apikey|cookie|credentials?|bearer)$/.test(
      plain,
    ) ||
    /(?:^|_)(?:api|access|account|auth|client|encryption|master|private|raw|secret|shared|signing|subscription)_key$/.test(
      plain,
    ) ||
    /^(?:authorization_code|code_verifier|device_code|client_assertion)$/.test(plain)
  );
}

/** Only the end of a longer name is compared. A regular expression over a name of 30 MB ends the process. */
const MAX_NAME_LENGTH = 128;

/** `refresh_token` for `refreshToken`, `refresh-token` and `REFRESH_TOKEN`. */
function inWords(name: string): string {
  return name
    .slice(-MAX_NAME_LENGTH)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[-.]/g, '_');
}
