import { generateKeyPair, randomBytes } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { promisify } from 'node:util';
import forge from 'node-forge';

const generate = promisify(generateKeyPair);
const DAY_MS = 86_400_000;

/** One key pair for all authorities of the process: making one takes longer than everything else at the start. */
let keys: Promise<forge.pki.rsa.KeyPair> | undefined;

/** Plays the authority of a company's TLS-inspecting proxy: it signs certificates for any host name. */
export interface ScratchAuthority {
  caPem: string;
  /** The certificate for a host, made on first use. */
  contextFor(host: string): SecureContext;
}

/**
 * A certificate authority in memory, valid for a day. It does not use src/proxy: clients of the scripted API must verify a
 * chain that claude-trace did not make, without its name constraints.
 */
export async function createScratchAuthority(): Promise<ScratchAuthority> {
  keys ??= newKeys();
  const { privateKey, publicKey } = await keys;
  // Authorities share keys but not names: a chain to one must not verify with another.
  const subject = [{ name: 'commonName', value: `claude-trace scripted API ${randomBytes(4).toString('hex')}` }];
  const ca = certificate(publicKey, subject, subject, privateKey, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, critical: true },
  ]);
  const key = forge.pki.privateKeyToPem(privateKey);
  const contexts = new Map<string, SecureContext>();

  function contextFor(host: string): SecureContext {
    const known = contexts.get(host);
    if (known !== undefined) return known;
    const altName = /^[\d.]+$/.test(host) ? { type: 7, ip: host } : { type: 2, value: host };
    const name = [{ name: 'commonName', value: host.slice(0, 64) }];
    const cert = certificate(publicKey, name, subject, privateKey, [
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [altName] },
    ]);
    const context = createSecureContext({ key, cert: forge.pki.certificateToPem(cert) });
    contexts.set(host, context);
    return context;
  }

  return { caPem: forge.pki.certificateToPem(ca).replaceAll('\r\n', '\n'), contextFor };
}

async function newKeys(): Promise<forge.pki.rsa.KeyPair> {
  const { privateKey, publicKey } = await generate('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return {
    privateKey: forge.pki.privateKeyFromPem(privateKey),
    publicKey: forge.pki.publicKeyFromPem(publicKey),
  };
}

function certificate(
  publicKey: forge.pki.rsa.PublicKey,
  subject: forge.pki.CertificateField[],
  issuer: forge.pki.CertificateField[],
  signer: forge.pki.rsa.PrivateKey,
  extensions: object[],
): forge.pki.Certificate {
  const cert = forge.pki.createCertificate();
  cert.publicKey = publicKey;
  cert.serialNumber = `01${randomBytes(15).toString('hex')}`;
  // Clients whose clock is a little slow must accept it.
  cert.validity.notBefore = new Date(Date.now() - DAY_MS);
  cert.validity.notAfter = new Date(Date.now() + DAY_MS);
  cert.setSubject(subject);
  cert.setIssuer(issuer);
  cert.setExtensions(extensions);
  cert.sign(signer, forge.md.sha256.create());
  return cert;
}
