/** Authentication at the gateway. */
export { createAuth } from './create-auth.js';
export { makeApiKey } from './tokens/api-keys.js';
export type { Auth } from './types.js';
export { CredentialsError } from './upstream/credentials.js';
