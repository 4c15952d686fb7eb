import { generateKeyPairSync } from 'node:crypto';
import { isIP } from 'node:net';
import { parseHostRule } from '../host-rules.js';
import {
  authorityConstraint,
  authorityKeyIdentifier,
  KEY_USAGE,
  keyUsage,
  nameConstraints,
  privateKeyFromPem,
  publicKeyInfo,
  serverAuthentication,
  signCertificate,
  subjectAltName,
  subjectKeyIdentifier,
} from './x509.js';

/** A certificate authority as plain data, which a restarted thread gets again. Holds a private key: never log it. */
export interface Authority {
  certificatePem: string;
  privateKeyPem: string;
}

export const DAY_MS = 86_400_000;

/** Clocks differ: a new certificate must already be valid by a clock that is behind. */
const BACKDATE_MS = DAY_MS;
/** Sessions can be long; an authority in memory dies with its session anyway. */
const EPHEMERAL_DAYS = 90;
/** Well under the 398 days that some TLS stacks allow a server certificate. */
const LEAF_DAYS = 30;

const AUTHORITY_NAME = 'claude-trace local authority';
/** Has spaces and no dot, so that no verifier takes it for a host name and checks it against the constraints. */
const LEAF_NAME = 'claude-trace intercepted host';

/**
 * Makes an authority that can sign only for these hosts (forms of `parseHostRule`), by a critical name constraint.
 * @param now unix ms; start of the lifetime
 */
export function createAuthority(hosts: readonly string[], days = EPHEMERAL_DAYS, now = Date.now()): Authority {
  const { privateKey, publicKey } = newKeys();
  const spki = publicKeyInfo(publicKey);
  const certificatePem = signCertificate(
    {
      subject: AUTHORITY_NAME,
      issuer: AUTHORITY_NAME,
      notBefore: new Date(now - BACKDATE_MS),
      notAfter: new Date(now + days * DAY_MS),
      publicKey: spki,
      extensions: [
        authorityConstraint(),
        keyUsage(KEY_USAGE.certificateSigning),
        constraintsFor(hosts),
        subjectKeyIdentifier(spki),
      ],
    },
    privateKey,
  );
  return { certificatePem, privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/** The name constraint of an authority for these hosts. */
export function constraintsFor(hosts: readonly string[]): ReturnType<typeof nameConstraints> {
  const names = new Set(hosts.map((host) => parseHostRule(host).name));
  // As a constraint, the empty name would permit every name.
  names.delete('');
  return nameConstraints([...names].sort());
}

/** A server certificate with its key. `notAfter` is unix ms. */
export interface Leaf {
  certificatePem: string;
  privateKeyPem: string;
  notAfter: number;
}

/** Signs a certificate for one host name or IP address. @param now unix ms */
export function signLeaf(authority: Authority, host: string, now = Date.now()): Leaf {
  const { privateKey, publicKey } = newKeys();
  const spki = publicKeyInfo(publicKey);
  const issuerKey = privateKeyFromPem(authority.privateKeyPem);
  const notAfter = now + LEAF_DAYS * DAY_MS;
  const certificatePem = signCertificate(
    {
      subject: LEAF_NAME,
      issuer: AUTHORITY_NAME,
      notBefore: new Date(now - BACKDATE_MS),
      notAfter: new Date(notAfter),
      publicKey: spki,
      extensions: [
        keyUsage(KEY_USAGE.digitalSignature),
        serverAuthentication(),
        subjectAltName(isIP(host) ? host : host.toLowerCase()),
        subjectKeyIdentifier(spki),
        authorityKeyIdentifier(publicKeyInfo(issuerKey)),
      ],
    },
    issuerKey,
  );
  return { certificatePem, privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), notAfter };
}

/** P-256: a key in under 1 ms, where RSA-2048 takes 170. */
function newKeys() {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
}
