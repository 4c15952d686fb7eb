import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import { describeError } from '../../base/error-text.js';
import type { Issue } from '../../rules/file/issues.js';
import { certificatesOf, readNamed } from './named-files.js';
import type { GatewayConfig } from './schema.js';

/**
 * Problems of the files that a configuration names: those that cannot be read, certificates, keys and authorities that hold something else,
 * and certificates that have expired. What is in files of rules is checked elsewhere. A gateway starts with certificates that have expired; clients refuse them.
 *
 * @param folder to which paths are relative
 * @param at unix ms
 */
export function fileChecks(config: GatewayConfig, folder: string, at: number): Issue[] {
  const { tls, auth, rules, routes } = config;
  const authorities = (file: string | undefined, ...path: (string | number)[]): Issue[] =>
    file === undefined ? [] : problem(path, () => checkAuthorities(certificatesOf(resolve(folder, file)), at));
  const readable = (file: string | undefined, ...path: string[]): Issue[] =>
    file === undefined ? [] : problem(path, () => readNamed(resolve(folder, file)));
  return [
    ...readable(rules, 'rules'),
    ...routes.flatMap((route) => readable(route.rules, 'routes', route.name, 'rules')),
    ...(tls === undefined
      ? []
      : [
          ...problem(['tls', 'cert'], () => checkOwn(certificatesOf(resolve(folder, tls.cert)), at)),
          ...problem(['tls', 'key'], () => checkKey(resolve(folder, tls.key), resolve(folder, tls.cert))),
          ...authorities(tls.client_ca, 'tls', 'client_ca'),
        ]),
    ...Object.entries(auth?.providers ?? {}).flatMap(([name, { ca }]) =>
      authorities(ca, 'auth', 'providers', name, 'ca'),
    ),
    ...routes.flatMap(({ name, upstreams }) =>
      upstreams.flatMap((upstream, index) =>
        'url' in upstream ? authorities(upstream.ca, 'routes', name, 'upstreams', index, 'ca') : [],
      ),
    ),
  ];
}

/** @param check throws the problem, as a part of a sentence about the field */
function problem(path: readonly (string | number)[], check: () => void): Issue[] {
  try {
    check();
    return [];
  } catch (error) {
    return [{ path, message: describeError(error) }];
  }
}

/** The first one is the gateway's; intermediates follow. */
function checkOwn(chain: readonly X509Certificate[], at: number): void {
  for (const [index, certificate] of chain.entries()) {
    const which = index === 0 ? 'the certificate' : `intermediate certificate ${index}`;
    if (Date.parse(certificate.validTo) < at) throw new Error(`${which} expired on ${dayOf(certificate.validTo)}`);
    if (Date.parse(certificate.validFrom) > at)
      throw new Error(`${which} is valid from ${dayOf(certificate.validFrom)} on`);
  }
}

/** Bundles keep authorities that have expired: one that is valid is enough. */
function checkAuthorities(bundle: readonly X509Certificate[], at: number): void {
  const ends = bundle.map(({ validTo }) => Date.parse(validTo));
  const last = Math.max(...ends);
  if (last >= at) return;
  if (bundle.length === 1) throw new Error(`the certificate expired on ${dayOf(last)}`);
  throw new Error(`all ${bundle.length} certificates have expired, the last one on ${dayOf(last)}`);
}

function checkKey(file: string, certificateFile: string): void {
  const key = privateKeyOf(file);
  const [certificate] = certificatesIn(certificateFile);
  if (certificate?.checkPrivateKey(key) === false) throw new Error('is not the key of tls.cert');
}

function privateKeyOf(file: string): KeyObject {
  const pem = readNamed(file);
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Error(`${file} has no private key in PEM that can be read without a passphrase`);
  }
}

/** Empty if they cannot be read: that is reported at their own field. */
function certificatesIn(file: string): X509Certificate[] {
  try {
    return certificatesOf(file);
  } catch {
    return [];
  }
}

function dayOf(time: string | number): string {
  return new Date(time).toISOString().slice(0, 10);
}
