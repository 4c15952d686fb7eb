import { Agent, fetch as undiciFetch } from 'undici';
import { readWhole } from '../../../base/read-whole.js';

/** Why an answer of an authorization server was not used. */
export type IssuerFailure =
  | 'unreachable'
  | 'timeout'
  | 'status'
  | 'redirect'
  | 'too_large'
  | 'content_type'
  | 'malformed'
  | 'wrong_issuer'
  | 'not_supported'
  | 'refused';

/** An authorization server did not answer as it should. The message is the code: bodies and URLs of such servers may hold secrets. */
export class IssuerError extends Error {
  override readonly name = 'IssuerError';
  readonly code: IssuerFailure;

  constructor(code: IssuerFailure) {
    super(code);
    this.code = code;
  }
}

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** A fetch that trusts only these authorities. @param ca PEM */
export function fetchTrusting(ca: string): Fetch {
  const dispatcher = new Agent({ connect: { ca } });
  // The types of undici and of Node's own copy of it differ in names only.
  return (url, init) => undiciFetch(url, { ...(init as object), dispatcher }) as unknown as Promise<Response>;
}

const TIMEOUT_MS = 5_000;
/** Key sets and metadata have a few KB. The size counts after decompression. */
const MAX_BYTES = 256 * 1024;

/**
 * A fetch for requests to authorization servers: at most 5 s until the last byte, at most 256 KB, redirects are not followed.
 *
 * @returns its answers have been read whole. They throw IssuerError.
 */
export function boundedFetch(fetch: Fetch): Fetch {
  return async (url, init) => {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
    try {
      const response = await fetch(url, { ...init, signal, redirect: 'manual' });
      const body = await readWhole(response.body ?? [], MAX_BYTES, () => new IssuerError('too_large'));
      const { status } = response;
      if (status >= 300 && status < 400) throw new IssuerError('redirect');
      return new Response(status === 204 || status === 205 ? null : new Uint8Array(body), {
        status,
        headers: response.headers,
      });
    } catch (error) {
      if (error instanceof IssuerError) throw error;
      throw new IssuerError(timeout.aborted ? 'timeout' : 'unreachable');
    }
  };
}
