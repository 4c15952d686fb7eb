import { X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import { codeOf, describeError } from '../../base/error-text.js';
import { UsageError } from '../../base/errors.js';
import { readRegularFile } from '../../base/regular-file.js';

// OpenSSL also has an older and an annotated form, which Node reads as well.
const PEM = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[^-]*-----END \1-----/g;

/**
 * A file of authorities that the configuration names, in PEM. A file without any would make every connection fail.
 * @param folder to which paths are relative
 * @throws UsageError
 */
export function readAuthorities(file: string, folder: string): string {
  const path = resolve(folder, file);
  try {
    const pem = readNamed(path);
    certificatesIn(pem, path);
    return pem.toString();
  } catch (error) {
    throw new UsageError(describeError(error));
  }
}

/** @throws Error that names the file */
export function readNamed(file: string): Buffer {
  try {
    return readRegularFile(file);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new Error(`${file} does not exist`);
    throw error;
  }
}

/** At least one. @throws Error that names the file */
export function certificatesOf(file: string): X509Certificate[] {
  return certificatesIn(readNamed(file), file);
}

function certificatesIn(pem: Buffer, file: string): X509Certificate[] {
  const blocks = pem.toString('latin1').match(PEM) ?? [];
  if (blocks.length === 0) throw new Error(`${file} has no certificate in PEM`);
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw new Error(`${file}: certificate ${index + 1} of ${blocks.length} cannot be read`);
    }
  });
}
