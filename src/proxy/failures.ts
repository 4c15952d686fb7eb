import { codeOf, describeError } from '../base/error-text.js';
import type { FailureKind, ProxyFailure } from './facts.js';

/** Carries a failure to the place that reports it. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly failure: ProxyFailure;

  constructor(kind: FailureKind, target: string | null, code: string | null, message: string) {
    super(message);
    this.failure = { kind, target, code, message };
  }
}

/** A request that a proxy cannot serve. */
export function badRequest(message: string): ProxyError {
  return new ProxyError('bad_request', null, null, message);
}

/** The system's code of an error (ECONNREFUSED, ERR_SSL_…); null without one. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  // Happy eyeballs reports all its attempts at once; we take the last.
  const cause = error instanceof AggregateError ? error.errors.at(-1) : error;
  return codeOf(cause);
}

/** A connection that could not be opened. @param what name of the host for the sentence */
export function dialError(error: unknown, target: string, what = target): ProxyError {
  const code = errorCode(error);
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
    case 'EAI_NONAME':
      return new ProxyError('dns', target, code, `The name of ${what} does not resolve.`);
    case 'ECONNREFUSED':
      return new ProxyError('refused', target, code, `${what} refused the connection.`);
    case 'ETIMEDOUT':
      return new ProxyError('timeout', target, code, `${what} did not answer in time.`);
    case 'EMFILE':
    case 'ENFILE': {
      const why = 'claude-trace has too many open files; allow it more with `ulimit -n`.';
      return new ProxyError('unreachable', target, code, `${what} cannot be reached: ${why}`);
    }
    default: {
      const reason = code ?? describeError(error);
      return new ProxyError('unreachable', target, code, `${what} cannot be reached (${reason}).`);
    }
  }
}

/** OpenSSL's verification results, as Node names them (deps: src/crypto/crypto_common.cc). */
const TRUST_CODES: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_SIGNATURE_FAILURE',
  'CERT_CHAIN_TOO_LONG',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'HOSTNAME_MISMATCH',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Whether the code means that a certificate did not verify. */
export function isTrustCode(code: string | null): boolean {
  return code !== null && TRUST_CODES.has(code);
}

/** @param error null when upstream closed in the middle of the handshake */
export function upstreamTlsError(error: Error | null, target: string): ProxyError {
  // Node also reports a FIN during the handshake as ECONNRESET; a real reset comes from a system call.
  const isEnd = error === null || (errorCode(error) === 'ECONNRESET' && !('syscall' in error));
  const code = isEnd ? null : errorCode(error);
  if (isTrustCode(code)) {
    return new ProxyError(
      'upstream_untrusted',
      target,
      code,
      `The certificate of ${target} is not trusted (${code}): connections to it are forwarded without being read until it is. ` +
        'If a company proxy inspects your TLS, put its CA certificate into NODE_EXTRA_CA_CERTS.',
    );
  }
  const reason = code ?? 'closed during the handshake';
  return new ProxyError('upstream_tls', target, code, `TLS with ${target} failed (${reason}).`);
}

/** Alerts of a client that does not accept our certificate (RFC 8446 6.2), as OpenSSL names them. */
const DISTRUST_ALERT =
  /ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_(UNKNOWN|EXPIRED|REVOKED)|UNSUPPORTED_CERTIFICATE|DECRYPT_ERROR)$/;

const TRUST_ENV_ADVICE =
  'With --trust-env, programs that read SSL_CERT_FILE, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or GIT_SSL_CAINFO trust it.';

/** @param error null when the client closed the connection without a word */
export function clientTlsError(error: Error | null, target: string): ProxyError {
  const code = errorCode(error);
  const alert = code !== null && DISTRUST_ALERT.test(code);
  const silent = error === null || code === 'ECONNRESET' || code === 'EPIPE';
  if (alert || silent) {
    const how = alert ? `refused our certificate (${code})` : 'left when it saw our certificate';
    return new ProxyError(
      'client_untrusting',
      target,
      code,
      `A program that called ${target} ${how}: it does not trust this session's CA. ${TRUST_ENV_ADVICE}`,
    );
  }
  const reason = code ?? error.message;
  return new ProxyError('client_tls', target, code, `TLS with a client that called ${target} failed (${reason}).`);
}

export function clientGivenUp(target: string): ProxyFailure {
  const message =
    `A program kept refusing this session's certificate for ${target}: ` +
    'its further connections there work, but are forwarded without being read, and nothing of them is traced. ' +
    TRUST_ENV_ADVICE;
  return { kind: 'client_given_up', target, code: null, message };
}
