import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { Env } from '../base/env.js';
import { certificateBlocks, systemBundle } from '../proxy/index.js';

/** Certificate files of one session, in a private temporary folder. They hold public certificates only, never a key. */
export interface TrustFiles {
  caFile: string;
  trustFile: string | null;
  /** What the system trusts, and our CA, for a client that would not read `caFile`; null where it does. */
  systemFile: string | null;
  remove(): void;
}

/**
 * Writes what the child shall trust: our CA and then whatever NODE_EXTRA_CA_CERTS held before, and with `trustEnv` a bundle of
 * the system roots as well, for programs that know only a complete bundle (Python, curl, git). Ours is first: readers stop at
 * the first certificate that they cannot read (Node, and Claude Code 2.1.332).
 * @param settingsCa `NODE_EXTRA_CA_CERTS` of Claude Code's settings, which takes the place of ours there; null without one
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
 * The text of a file of certificates, one in DER as PEM; empty where there is no such file: Node ignores it with a warning, and
 * `doctor` names it. `~` counts as the home folder, which Node and Claude Code do not know.
 */
export function readCertificateFile(file: string | undefined): string {
  if (!file) return '';
  for (const path of [file, file.replace(/^~(?=[/\\])/, homedir())]) {
    try {
      const content = readFileSync(resolve(path));
      return content.includes('-----BEGIN') ? content.toString('utf8') : certificateBlocks(content).join('\n');
    } catch {
      // The next one, or none.
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
