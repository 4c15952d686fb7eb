import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { Env } from './launch-plan.js';

/** Certificate files of one session, in a private temporary folder. They hold public certificates only, never a key. */
export interface TrustFiles {
  caFile: string;
  trustFile: string | null;
  remove(): void;
}

/**
 * Writes what the child shall trust: our CA after whatever NODE_EXTRA_CA_CERTS held before, and with `trustEnv` a bundle of
 * the system roots as well, for programs that know only a complete bundle (Python, curl, git).
 */
export function writeTrustFiles(caPem: string, env: Env, trustEnv: boolean): TrustFiles {
  const folder = mkdtempSync(join(tmpdir(), 'claude-trace-'));
  // Node ignores an unreadable file with a warning; so do we (`doctor` names it).
  const inherited = env.NODE_EXTRA_CA_CERTS ? readOrEmpty(env.NODE_EXTRA_CA_CERTS) : '';
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, joinPem([inherited, caPem]), { mode: 0o600 });
  let trustFile: string | null = null;
  if (trustEnv) {
    trustFile = join(folder, 'bundle.pem');
    const roots = env.SSL_CERT_FILE ? readOrEmpty(env.SSL_CERT_FILE) : rootCertificates.join('\n');
    writeFileSync(trustFile, joinPem([roots, inherited, caPem]), { mode: 0o600 });
  }
  return { caFile, trustFile, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function joinPem(parts: readonly string[]): string {
  return `${parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join('\n')}\n`;
}
