import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homeOf } from '../../base/home.js';
import { readRegularFile } from '../../base/regular-file.js';

/** OpenSSL, and so Node, reads the older and the annotated form as well. */
const PEM = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[^-]*-----END \1-----/g;

/**
 * The certificates of a file, one PEM block each, with whatever line ends, text and other blocks between them. A file in DER
 * is one certificate. Blocks that hold no readable certificate are kept: their user says what is wrong with them.
 */
export function certificateBlocks(content: Buffer): string[] {
  const blocks = content.toString('latin1').match(PEM);
  if (blocks) return blocks;
  try {
    return [new X509Certificate(content).toString().trim()];
  } catch {
    return [];
  }
}

/**
 * Reads a file of certificates. `~` counts as the home folder, which Node and Claude Code do not know.
 * @throws the system's error, or that it is not a regular file
 */
export function readCertificateFile(file: string): string[] {
  return certificateBlocks(
    readRegularFile(existsSync(file) ? file : file.replace(/^~(?=[/\\])/, () => homeOf(process.env))),
  );
}
