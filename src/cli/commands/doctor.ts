import type { Argv } from 'yargs';
import type { OptionsOf } from '../command-file.js';
import { type Finding, runChecks } from '../doctor/checks.js';
import { writeOut } from '../stdout.js';

export function options(yargs: Argv) {
  return yargs
    .usage('claude-trace doctor\n\nChecks the installation, the database and the environment. Changes nothing.')
    .option('json', { type: 'boolean', default: false, describe: 'as JSON' });
}

type Args = OptionsOf<typeof options>;

const MARKS: Readonly<Record<Finding['level'], string>> = { ok: 'ok  ', note: 'note', problem: 'FAIL' };

/** Exit code 1 when something is wrong, so that scripts can ask. */
export async function run({ json }: Args): Promise<void> {
  const findings = await runChecks(process.env, process.cwd());
  if (findings.some((finding) => finding.level === 'problem')) process.exitCode = 1;
  if (json) return writeOut(`${JSON.stringify(findings, null, 2)}\n`);
  return writeOut(
    findings.map(({ level, what, message }) => `${MARKS[level]}  ${what.padEnd(14)}  ${message}\n`).join(''),
  );
}
