import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { describeError } from '../../base/error-text.js';
import { UsageError } from '../../base/errors.js';
import type { TlsConfig } from '../config/schema.js';

/**
 * The files of a configuration, as options of a server. They have been checked to fit together.
 * @param folder to which paths are relative
 * @throws UsageError if one cannot be read or used
 */
export function readTls({ cert, key, client_ca: ca }: TlsConfig, folder: string): SecureContextOptions {
  const read = (file: string) => readConfigured(file, folder);
  const options = { cert: read(cert), key: read(key), ...(ca !== undefined && { ca: read(ca) }) };
  try {
    createSecureContext(options);
  } catch (error) {
    throw new UsageError(`tls: ${describeError(error)}`);
  }
  return { ...options, ...(ca !== undefined && { requestCert: true, rejectUnauthorized: true }) };
}

/** A file that the configuration names. @throws UsageError */
export function readConfigured(file: string, folder: string): Buffer {
  try {
    return readFileSync(resolve(folder, file));
  } catch (error) {
    throw new UsageError(`${file}: ${describeError(error)}`);
  }
}
