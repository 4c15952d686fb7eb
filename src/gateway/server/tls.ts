import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { describeError } from '../../base/error-text.js';
import { UsageError } from '../../base/errors.js';
import type { LoadedConfig } from '../config/load-config.js';
import { readAuthorities } from '../config/named-files.js';

/**
 * The files of `tls`, as options of a server; null without TLS. They have been checked to fit together.
 * @throws UsageError if one cannot be read or used
 */
export function readTls({ config: { tls }, folder }: LoadedConfig): SecureContextOptions | null {
  if (tls === undefined) return null;
  const { cert, key, client_ca: ca } = tls;
  const read = (file: string) => readConfigured(file, folder);
  const options = { cert: read(cert), key: read(key), ...(ca !== undefined && { ca: readAuthorities(ca, folder) }) };
  try {
    createSecureContext(options);
  } catch (error) {
    throw new UsageError(`tls: ${describeError(error)}`);
  }
  return { ...options, ...(ca !== undefined && { requestCert: true, rejectUnauthorized: true }) };
}

/** @throws UsageError */
function readConfigured(file: string, folder: string): Buffer {
  try {
    return readFileSync(resolve(folder, file));
  } catch (error) {
    throw new UsageError(`${file}: ${describeError(error)}`);
  }
}
