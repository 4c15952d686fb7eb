import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';
import { resolvePaths } from '../../settings/paths.js';
import { writeOut } from '../../text/output/stdout.js';
import { printableLine } from '../../text/text.js';
import type { OptionsOf } from '../command-file.js';
import { runChecks } from '../doctor/checks.js';
import type { Finding } from '../doctor/finding.js';
import { checkIntegrity, repairDatabase } from '../doctor/integrity.js';

export function options(yargs: Argv) {
  return yargs
    .usage(
      'claude-trace doctor [options]\n\nChecks the installation, the database and the environment. ' +
        'Changes nothing without --repair.',
    )
    .option('verify', {
      type: 'boolean',
      default: false,
      describe: 'check everything that is stored by its hashes; others can go on tracing',
    })
    .option('repair', {
      type: 'boolean',
      default: false,
      describe: 'save what can be saved of a damaged database, and keep the damaged file',
    })
    .option('json', { type: 'boolean', default: false, describe: 'as JSON' })
    .example('claude-trace doctor', 'what is wrong, and what to do')
    .example('claude-trace doctor --verify', 'check every stored byte');
}

type Args = OptionsOf<typeof options>;

const MARKS: Readonly<Record<Finding['level'], string>> = { ok: 'ok  ', note: 'note', problem: 'FAIL' };

/** Exit code 1 when something is wrong, so that scripts can ask. */
export async function run({ json, verify, repair }: Args): Promise<void> {
  if (verify && repair) throw new UsageError('Give only one of --verify, --repair: a repair verifies what it made.');
  const findings = await look(verify, repair);
  if (findings.some((finding) => finding.level === 'problem')) process.exitCode = 1;
  if (json) return writeOut(`${JSON.stringify(findings, null, 2)}\n`);
  return writeOut(
    findings
      .map(({ level, what, message }) => `${MARKS[level]}  ${what.padEnd(14)}  ${printableLine(message)}\n`)
      .join(''),
  );
}

async function look(verify: boolean, repair: boolean): Promise<Finding[]> {
  const { database } = resolvePaths(process.env);
  if (repair) return repairDatabase(database);
  if (verify) return checkIntegrity(database);
  return runChecks(process.env, process.cwd());
}
