import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps, type RequestOptions } from 'node:https';
import { rootOf } from '../../../base/error-text.js';
import { readWhole } from '../../../base/read-whole.js';
import type { Scrape } from './figures.js';
import { readSamples } from './samples.js';

/** Where a gateway shows its metrics. */
export interface MetricsAddress {
  /** Without /metrics. */
  url: string;
  token?: string | undefined;
  /** File of the certificate that it shows, whatever name that is for; default: one that the system trusts, for the host of `url`. */
  certificate?: string | undefined;
}

const TIMEOUT_MS = 3_000;
const MAX_BYTES = 20 * 1024 ** 2;

/** @throws Error */
export async function scrape({ url, token, certificate }: MetricsAddress): Promise<Scrape> {
  const metrics = new URL(`${url.replace(/\/$/, '')}/metrics`);
  const get = metrics.protocol === 'https:' ? getHttps : getHttp;
  const request = get(metrics, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    // Each time: the gateway may have taken another one.
    ...(certificate === undefined ? {} : trustOnly(readFileSync(certificate))),
  });
  // While the body is read, the answer has the error as well.
  request.on('error', () => {});
  const [answer]: IncomingMessage[] = await once(request, 'response').catch((error: unknown) => {
    throw rootOf(error);
  });
  if (answer === undefined) throw new Error('it did not answer');
  if (answer.statusCode !== 200) {
    answer.destroy();
    throw new Error(`it answered ${answer.statusCode}`);
  }
  const body = await readWhole(answer, MAX_BYTES, () => new Error('its answer is too long'));
  return { at: Date.now(), samples: readSamples(body.toString()) };
}

/** Only this certificate, not what its issuer signed: so its name, which is not that of loopback, need not be looked at. */
function trustOnly(pem: Buffer): RequestOptions {
  return {
    ca: new X509Certificate(pem).toString(),
    allowPartialTrustChain: true,
    checkServerIdentity: () => undefined,
  };
}
