import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import forge from 'node-forge';

const DAY_MS = 86_400_000;

/** Files of a certificate for localhost and of the authority that signed it, good for a day. */
export interface UpstreamFiles {
  caFile: string;
  certFile: string;
  keyFile: string;
}

/** Writes them into the folder. One key serves both: forge takes a second for each. */
export function writeUpstreamCertificate(folder: string): UpstreamFiles {
  const keys = forge.pki.rsa.generateKeyPair(2048);
  const issuer = [{ name: 'commonName', value: 'claude-trace benchmark' }];
  const sign = (subject: forge.pki.CertificateField[], serial: string, extensions: object[]) => {
    const certificate = forge.pki.createCertificate();
    certificate.publicKey = keys.publicKey;
    certificate.serialNumber = serial;
    certificate.validity.notBefore = new Date(Date.now() - DAY_MS);
    certificate.validity.notAfter = new Date(Date.now() + DAY_MS);
    certificate.setSubject(subject);
    certificate.setIssuer(issuer);
    certificate.setExtensions(extensions);
    certificate.sign(keys.privateKey, forge.md.sha256.create());
    return forge.pki.certificateToPem(certificate);
  };
  const write = (name: string, pem: string) => {
    const file = join(folder, name);
    writeFileSync(file, pem, { mode: 0o600 });
    return file;
  };
  const authority = sign(issuer, '01', [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, critical: true },
  ]);
  const localhost = sign([{ name: 'commonName', value: 'localhost' }], '02', [
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
  ]);
  return {
    caFile: write('upstream-ca.pem', authority),
    certFile: write('upstream.pem', localhost),
    keyFile: write('upstream-key.pem', forge.pki.privateKeyToPem(keys.privateKey)),
  };
}
