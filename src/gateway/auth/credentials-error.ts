export type CredentialsFailure =
  | 'no_subject_token' // an API key, or a login whose token did not fit the cookie: nothing to exchange
  | 'refused' // the authorization server refused
  | 'unavailable'; // it does not answer, or not as it should

/** There are no credentials for an upstream. The message is the code. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
  readonly code: CredentialsFailure;

  constructor(code: CredentialsFailure) {
    super(code);
    this.code = code;
  }
}
