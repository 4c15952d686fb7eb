import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { Env } from '../base/env.js';
import { codeOf, describeError } from '../base/error-text.js';
import { readCertificateFile, systemBundle } from '../proxy/index.js';
import { makeRunFolder } from '../settings/run-folder.js';

/** Certificate files of one run, in a private temporary folder. They contain no keys. */
export interface TrustFiles {
  caFile: string;
  trustFile: string | null;
  /** The system's authorities and our CA, for a client that does not read `caFile`; null where it does. */
  systemFile: string | null;
  remove(): void;
}

/** All certificates are PEM. */
export interface TrustOptions {
  /** Our CA. */
  ca: string;
  /** Those of NODE_EXTRA_CA_CERTS in our environment. */
  inherited: readonly string[];
  /** Those of NODE_EXTRA_CA_CERTS in Claude Code's settings, which overrides ours; null without that setting. */
  ofSettings: readonly string[] | null;
  /** Also write a bundle with the system's roots, for programs that need a complete one (Python, curl, git). */
  withBundle: boolean;
  /** Its variables say where the system's roots are. */
  env: Env;
}

/**
 * Writes what the child must trust. Our CA comes first: readers stop at the first certificate that they cannot read (Node, and
 * Claude Code 2.1.332).
 */
export function writeTrustFiles({ ca, inherited, ofSettings, withBundle, env }: TrustOptions): TrustFiles {
  const folder = makeRunFolder();
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const write = (name: string, certificates: readonly string[]): string => {
    const file = join(folder, name);
    writeFileSync(file, `${[ca.trim(), ...certificates].join('\n')}\n`, { mode: 0o600 });
    return file;
  };
  try {
    return {
      caFile: write('ca.pem', inherited),
      trustFile: withBundle ? write('bundle.pem', [...rootsOf(env), ...inherited]) : null,
      systemFile: ofSettings === null ? null : write('system.pem', [...rootsOf(env), ...inherited, ...ofSettings]),
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/**
 * The certificates of the file that NODE_EXTRA_CA_CERTS names; none where it cannot be read. A missing file is not reported
 * here: Node warns of it, and `doctor` reports it.
 */
export function readExtraCertificates(file: string | undefined, onProblem: (message: string) => void): string[] {
  if (!file) return [];
  try {
    return readCertificateFile(file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') onProblem(`NODE_EXTRA_CA_CERTS is left out: ${describeError(error)}.`);
    return [];
  }
}

function rootsOf(env: Env): readonly string[] {
  const system = systemBundle(env);
  return system.length > 0 ? system : rootCertificates;
}
