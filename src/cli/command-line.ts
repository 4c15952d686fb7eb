import yargs from 'yargs';
import { describeError } from '../format/describe-error.js';
import type { CommandFile } from './command-file.js';
import { exitCodeOf, UsageError } from './errors.js';
import { printError } from './stderr.js';
import { VERSION } from './version.js';

const separator = process.argv.indexOf('--');
const own = process.argv.slice(2, separator === -1 ? undefined : separator);
/** What stands after the first `--` belongs to the wrapped command and is never looked at. */
const wrapped = separator === -1 ? [] : process.argv.slice(separator + 1);

const cli = yargs(own)
  .scriptName('claude-trace')
  .usage('$0 <command>\n\nSee what context every Claude Code request carries, where it came from and what it costs.')
  .version(VERSION)
  .help()
  .strict()
  // Of an option that is given twice the last one counts, as everywhere.
  .parserConfiguration({ 'duplicate-arguments-array': false })
  .recommendCommands()
  .demandCommand(1, 'Which command? claude-trace --help lists them.')
  .fail((message, error) => {
    if (error) throw error;
    // yargs spreads some of its messages over lines.
    const sentence = message.replace(/\s*\n\s*/g, ' ');
    throw new UsageError(sentence.startsWith('Did you mean') ? `Unknown command "${own[0]}". ${sentence}` : sentence);
  })
  .exitProcess(false)
  .completion('completion', 'print a completion script for bash or zsh');

/** What the command line asks for; run after it is parsed: for a handler that takes time, yargs first renders its help. */
let job: () => Promise<void> = async () => {};

/** Only the file of the command that was named is loaded: `wrap` pays for no other. */
async function command<Described>(
  usage: string,
  description: string,
  load: () => Promise<CommandFile<Described>>,
): Promise<void> {
  if (usage.split(' ', 1)[0] !== own[0]) {
    cli.command(usage, description);
    return;
  }
  const { options, run } = await load();
  cli.command(usage, description, options, (given) => {
    job = () => run(given, wrapped);
  });
}

try {
  await command('wrap [command..]', 'run a command and trace its Claude traffic', () => import('./commands/wrap.js'));
  await command('tui', 'browse what was captured, on the whole terminal', () => import('./commands/tui.js'));
  await command('query', 'list captured requests', () => import('./commands/query.js'));
  await command('show <id>', 'one request, whole', () => import('./commands/show.js'));
  await command('diff <id> [other]', 'what changed between two requests', () => import('./commands/diff.js'));
  await command('stats', 'cost, tokens, ratings by source, model, session, day', () => import('./commands/stats.js'));
  await command('sessions', 'sessions of Claude Code and what they cost', () => import('./commands/sessions.js'));
  await command('suggest', 'what each source costs and what dropping it saves', () => import('./commands/suggest.js'));
  await command('rate <id> [rating]', 'rate the answer to a request', () => import('./commands/rate.js'));
  await command('prune', 'remove old requests, give their space back', () => import('./commands/prune.js'));
  await command('export', 'hand requests to other programs', () => import('./commands/export.js'));
  await command('reattribute', 'attribute stored requests again', () => import('./commands/reattribute.js'));
  await command('demo', 'a scripted session, without key or network', () => import('./commands/demo.js'));
  await command('proxy', 'the proxy on its own', () => import('./commands/proxy.js'));
  await command('serve', 'the HTTP API: what was captured, for programs', () => import('./commands/serve.js'));
  await command('ca [action]', 'the certificate authority of `proxy`', () => import('./commands/ca.js'));
  await command('doctor', 'check installation, database, environment', () => import('./commands/doctor.js'));
  await command('config [action] [key] [value]', 'the configuration', () => import('./commands/config.js'));
  await cli.parseAsync();
  await job();
} catch (error) {
  printError(`claude-trace: ${describeError(error)}`);
  process.exitCode = exitCodeOf(error);
}
