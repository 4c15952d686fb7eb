import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import {
  bits,
  boolean,
  type Der,
  decode,
  encode,
  integer,
  octets,
  oid,
  sequence,
  set,
  tagged,
  utcTime,
  utf8,
} from './der.js';
import { ipBytes } from './ip-bytes.js';

/**
 * X.509 certificates (RFC 5280) with ECDSA P-256 keys. They are assembled here, since node-forge does not support EC keys, and
 * signed by node:crypto, since forge's own signing blocks the event loop.
 */
export interface CertificateTemplate {
  subject: string;
  issuer: string;
  notBefore: Date;
  notAfter: Date;
  /** SubjectPublicKeyInfo, DER. */
  publicKey: Buffer;
  extensions: Der[];
}

const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));

/** @returns PEM */
export function signCertificate(template: CertificateTemplate, issuerKey: KeyObject): string {
  const tbs = sequence(
    tagged(0, [integer(Buffer.from([2]))]), // version 3
    integer(serialNumber()),
    ECDSA_WITH_SHA256,
    name(template.issuer),
    sequence(utcTime(template.notBefore), utcTime(template.notAfter)),
    name(template.subject),
    decode(template.publicKey),
    tagged(3, [sequence(...template.extensions)]),
  );
  const signature = sign('sha256', encode(tbs), issuerKey);
  return toPem(encode(sequence(tbs, ECDSA_WITH_SHA256, bits(signature))));
}

/** DER of the public key, as certificates carry it. */
export function publicKeyInfo(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return publicKey.export({ type: 'spki', format: 'der' });
}

export function privateKeyFromPem(pem: string): KeyObject {
  return createPrivateKey(pem);
}

/** May sign server certificates, but no further authority. */
export const authorityConstraint = (): Der =>
  extension('2.5.29.19', true, sequence(boolean(true), integer(Buffer.from([0]))));

export const KEY_USAGE = { certificateSigning: 0b0000_0110, digitalSignature: 0b1000_0000 } as const;

export function keyUsage(usage: number): Der {
  const unused = Math.log2(usage & -usage);
  return extension('2.5.29.15', true, bits(Buffer.from([usage]), unused));
}

export const serverAuthentication = (): Der => extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1')));

export const subjectKeyIdentifier = (publicKey: Buffer): Der =>
  extension('2.5.29.14', false, octets(keyIdentifier(publicKey)));

export const authorityKeyIdentifier = (publicKey: Buffer): Der =>
  extension('2.5.29.35', false, sequence(tagged(0, keyIdentifier(publicKey))));

export const subjectAltName = (host: string): Der => extension('2.5.29.17', false, sequence(generalName(host)));

/**
 * Permits only these domains (with their subdomains, RFC 5280 4.2.1.10) and IP addresses. A kind of name without a permitted
 * entry would be unconstrained, so each absent kind gets one that matches nothing real.
 */
export function nameConstraints(names: readonly string[]): Der {
  const domains = names.filter((each) => isIP(each) === 0);
  const addresses = names.filter((each) => isIP(each) !== 0);
  if (domains.length === 0) domains.push('invalid'); // RFC 2606: never resolves
  if (addresses.length === 0) addresses.push('0.0.0.0');
  const permitted = [
    ...domains.map((domain) => sequence(generalName(domain))),
    ...addresses.map((address) => sequence(tagged(7, Buffer.concat([ipBytes(address), mask(ipBytes(address))])))),
  ];
  return extension('2.5.29.30', true, sequence(tagged(0, permitted)));
}

function extension(id: string, critical: boolean, value: Der): Der {
  const body = octets(encode(value));
  return critical ? sequence(oid(id), boolean(true), body) : sequence(oid(id), body);
}

function generalName(host: string): Der {
  return isIP(host) ? tagged(7, ipBytes(host)) : tagged(2, Buffer.from(host, 'latin1'));
}

/** The mask that matches one address: all bits set. */
function mask(address: Buffer): Buffer {
  return Buffer.alloc(address.length, 0xff);
}

function name(commonName: string): Der {
  return sequence(set(sequence(oid('2.5.4.3'), utf8(commonName))));
}

function keyIdentifier(publicKey: Buffer): Buffer {
  return createHash('sha256').update(publicKey).digest().subarray(0, 20);
}

/** 127 random bits, positive and without a leading zero byte. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
