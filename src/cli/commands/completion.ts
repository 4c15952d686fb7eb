import { basename } from 'node:path';
import type { Argv } from 'yargs';
import { writeOut } from '../../text/output/stdout.js';
import type { OptionsOf } from '../command-file.js';
import { INSTALLATION, SCRIPTS, SHELLS, type Shell } from '../completion/scripts.js';

export function options(yargs: Argv) {
  return yargs
    .usage(
      'claude-trace completion [bash|zsh|fish]\n\n' +
        'Prints a script that completes commands, options and their values: sources,\n' +
        'sessions, models, requests. Without an argument it is for your login shell.\n\n' +
        `To set it up:\n\n${Object.values(INSTALLATION).join('\n')}`,
    )
    .positional('shell', { choices: SHELLS, describe: 'the shell that the script is for' })
    .example('source <(claude-trace completion bash)', 'complete in this bash');
}

export async function run({ shell }: OptionsOf<typeof options>): Promise<void> {
  return writeOut(SCRIPTS[shell ?? loginShell()]);
}

function loginShell(): Shell {
  const name = basename(process.env.SHELL ?? '');
  return SHELLS.find((shell) => shell === name) ?? 'bash';
}
