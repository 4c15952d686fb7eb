import { END_CASES } from './identity-ends.js';
import { MESSAGE_CASES } from './identity-messages.js';
import type { IdentityCase } from './identity-play.js';

export { type ConnectTo, playCase } from './identity-play.js';

/** The main promise of the product: each must look to both ends as it does without the proxy. */
export const IDENTITY_CASES: readonly IdentityCase[] = [...MESSAGE_CASES, ...END_CASES];
