import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Argv } from 'yargs';
import { loadOrCreateAuthority } from '../../proxy/index.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import { writeOut } from '../../text/output/stdout.js';
import type { OptionsOf } from '../command-file.js';
import { printLines } from '../output.js';

export function options(yargs: Argv) {
  return yargs
    .usage(
      'claude-trace ca [show|path|print]\n\n' +
        'Shows the certificate authority of `claude-trace proxy`. (`wrap` makes one for each run and keeps its key in memory.)',
    )
    .positional('action', {
      describe: 'what to print',
      choices: ['show', 'path', 'print'] as const,
      default: 'show' as const,
    })
    .example('claude-trace ca path', 'where the certificate is');
}

export async function run({ action }: OptionsOf<typeof options>): Promise<void> {
  const paths = resolvePaths(process.env);
  const config = await loadConfig(paths.configFile);
  const authority = loadOrCreateAuthority(paths.dataDir, config.intercept_hosts);
  const file = join(paths.dataDir, 'ca.pem');
  if (action === 'path') return printLines([file]);
  if (action === 'print') return writeOut(authority.certificatePem);
  const certificate = new X509Certificate(authority.certificatePem);
  return printLines([
    `file         ${file}`,
    `fingerprint  ${certificate.fingerprint256}`,
    `valid until  ${new Date(certificate.validTo).toISOString()}`,
    'signs only   for the intercepted hosts (a critical name constraint)',
  ]);
}
