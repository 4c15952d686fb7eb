import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import { resolvePaths } from '../../settings/paths.js';
import { printableLine } from '../../text/text.js';
import type { OptionsOf } from '../command-file.js';
import { runChecks } from '../doctor/checks.js';
import type { Finding } from '../doctor/finding.js';
import { checkIntegrity, repairDatabase } from '../doctor/integrity.js';
import { jsonOption } from '../options/shared-options.js';
import { printJson, printLines } from '../output.js';

export function options(yargs: Argv) {
  return jsonOption(
    yargs
      .usage(
        'claude-trace doctor [options]\n\nChecks the installation, the database and the environment. ' +
          'Changes nothing without --repair.',
      )
      .option('verify', {
        type: 'boolean',
        default: false,
        describe: 'verify the hashes of everything stored; tracing can continue',
      })
      .option('repair', {
        type: 'boolean',
        default: false,
        describe: 'recover what is readable from a damaged database, and keep the damaged file',
      }),
  )
    .example('claude-trace doctor', 'what is wrong, and what to do')
    .example('claude-trace doctor --verify', 'check every stored byte');
}

const MARKS: Readonly<Record<Finding['level'], string>> = { ok: 'ok  ', note: 'note', problem: 'FAIL' };

/** The exit code is 1 when there is a problem. */
export async function run({ json, verify, repair }: OptionsOf<typeof options>): Promise<void> {
  if (verify && repair) throw new UsageError('Give only one of --verify, --repair: a repair verifies its result.');
  const { database } = resolvePaths(process.env);
  const findings = repair
    ? repairDatabase(database)
    : verify
      ? checkIntegrity(database)
      : await runChecks(process.env, process.cwd());
  if (findings.some(({ level }) => level === 'problem')) process.exitCode = 1;
  if (json) return printJson(findings);
  await printLines(
    findings.map(({ level, what, message }) => `${MARKS[level]}  ${what.padEnd(14)}  ${printableLine(message)}`),
  );
}
