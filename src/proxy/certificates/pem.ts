import { X509Certificate } from 'node:crypto';

/**
 * The certificates of a file, one PEM block each, with whatever line ends, text and other blocks between them. A file in DER
 * is one certificate. Blocks that hold no readable certificate are kept: who uses them says what is wrong with them.
 */
export function certificateBlocks(content: Buffer): string[] {
  const blocks = content.toString('latin1').match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  if (blocks) return blocks;
  try {
    return [new X509Certificate(content).toString().trim()];
  } catch {
    return [];
  }
}
