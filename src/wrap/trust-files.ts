import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { rootCertificates } from 'node:tls';
import { certificateBlocks, systemBundle } from '../proxy/index.js';
import type { Env } from '../runtime/launch-plan.js';

/** Certificate files of one run, in a private temporary folder. They contain no keys. */
export interface TrustFiles {
  caFile: string;
  trustFile: string | null;
  /** The system's authorities and our CA, for a client that does not read `caFile`; null where it does. */
  systemFile: string | null;
  remove(): void;
}

/**
 * Writes the certificates that the child must trust: our CA and those of NODE_EXTRA_CA_CERTS, and with `trustEnv` also a bundle
 * with the system's roots, for programs that need a complete bundle (Python, curl, git). Ours is first: readers stop at the
 * first certificate that they cannot read (Node, and Claude Code 2.1.332).
 * @param settingsCa `NODE_EXTRA_CA_CERTS` of Claude Code's settings, which overrides ours there; null without one
 */
export function writeTrustFiles(
  caPem: string,
  env: Env,
  trustEnv: boolean,
  settingsCa: string | null = null,
): TrustFiles {
  const folder = mkdtempSync(join(tmpdir(), 'claude-trace-'));
  const inherited = readCertificateFile(env.NODE_EXTRA_CA_CERTS);
  const write = (name: string, parts: readonly string[]): string => {
    const file = join(folder, name);
    writeFileSync(file, joinPem([caPem, ...parts]), { mode: 0o600 });
    return file;
  };
  return {
    caFile: write('ca.pem', [inherited]),
    trustFile: trustEnv ? write('bundle.pem', [rootsOf(env), inherited]) : null,
    systemFile:
      settingsCa === null ? null : write('system.pem', [rootsOf(env), inherited, readCertificateFile(settingsCa)]),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * Reads a file of certificates as PEM, also one in DER. Empty where it does not exist: Node then prints a warning, and `doctor`
 * reports it. `~` is the home folder, although Node and Claude Code do not know it.
 */
export function readCertificateFile(file: string | undefined): string {
  if (!file) return '';
  for (const path of [file, file.replace(/^~(?=[/\\])/, homedir())]) {
    try {
      const content = readFileSync(resolve(path));
      return content.includes('-----BEGIN') ? content.toString('utf8') : certificateBlocks(content).join('\n');
    } catch {
      // Tries the next path.
    }
  }
  return '';
}

function rootsOf(env: Env): string {
  const system = systemBundle(env);
  return (system.length > 0 ? system : rootCertificates).join('\n');
}

function joinPem(parts: readonly string[]): string {
  return `${parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join('\n')}\n`;
}
