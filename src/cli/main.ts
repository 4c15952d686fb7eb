#!/usr/bin/env node
import yargs from 'yargs';
import type { CommandFile } from './command-file.js';
import { describeError, UsageError, UserError } from './errors.js';
import { printError } from './stderr.js';
import { VERSION } from './version.js';

const separator = process.argv.indexOf('--');
const own = process.argv.slice(2, separator === -1 ? undefined : separator);
const wrapped = separator === -1 ? [] : process.argv.slice(separator + 1);

const cli = yargs(own)
  .scriptName('claude-trace')
  .usage('$0 <command>\n\nSee what context every Claude Code request carries, where it came from and what it costs.')
  .version(VERSION)
  .help()
  .strict()
  .recommendCommands()
  .demandCommand(1, 'Which command? claude-trace --help lists them.')
  .fail((message, error) => {
    throw error ?? new UsageError(message);
  })
  .exitProcess(false)
  .completion('completion', 'print a completion script for bash or zsh');

/** A command's file is loaded only when the command is named: `wrap` pays for no other. */
function command<Described>(name: string, description: string, load: () => Promise<CommandFile<Described>>): void {
  cli.command(
    name,
    description,
    async (builder) => (await load()).options(builder),
    async (options) => (await load()).run(options, wrapped),
  );
}

command('wrap', 'run a command and trace its Claude traffic', () => import('./commands/wrap.js'));
command('query', 'list captured requests', () => import('./commands/query.js'));
command('show <id>', 'one request, whole', () => import('./commands/show.js'));
command(
  'demo',
  'a scripted session through the real proxy, without key or network',
  () => import('./commands/demo.js'),
);
command('proxy', 'run the proxy on its own, for programs you start yourself', () => import('./commands/proxy.js'));
command('ca [action]', 'the certificate authority of the stand-alone proxy', () => import('./commands/ca.js'));
command('doctor', 'check the installation, the database and the environment', () => import('./commands/doctor.js'));
command('config [action] [key] [value]', 'read and change the configuration', () => import('./commands/config.js'));

try {
  await cli.parseAsync();
} catch (error) {
  printError(`claude-trace: ${describeError(error)}`);
  // A user's mistake needs its sentence only; for one of ours the stack is the sentence.
  if (!(error instanceof UserError) && process.env.CLAUDE_TRACE_DEBUG) printError(String((error as Error).stack));
  process.exitCode = error instanceof UserError ? error.exitCode : 1;
}
