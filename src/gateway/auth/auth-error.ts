/** Why a request was refused, as a code for facts, the audit log and metrics. It never holds text from a token. */
export type AuthReason =
  | 'no_credential'
  | 'several_credentials'
  | 'token_in_query'
  | 'malformed'
  | 'too_large'
  | 'unknown_issuer'
  | 'algorithm'
  | 'unknown_key'
  | 'signature'
  | 'type'
  | 'expired'
  | 'not_yet_valid'
  | 'audience'
  | 'issuer'
  | 'claims'
  | 'bound_token'
  | 'inactive'
  | 'revoked'
  | 'not_accepted'
  | 'foreign_origin'
  | 'scope'
  | 'issuer_unavailable';

/** A credential that is not accepted. Its message is its code, so that it cannot hold a part of the credential. */
export class AuthError extends Error {
  override readonly name = 'AuthError';
  readonly reason: AuthReason;

  constructor(reason: AuthReason) {
    super(reason);
    this.reason = reason;
  }
}
