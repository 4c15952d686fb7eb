import type { Argv } from 'yargs';
import type { CommandFile } from './command-file.js';
import { withWholeExamples } from './options/whole-examples.js';

/** A command, before the file that knows its options is loaded: `wrap` pays for no other. */
export interface Command {
  name: string;
  /** With what follows the name, as yargs reads it: `diff <id> [other]`. */
  usage: string;
  description: string;
  load(): Promise<LoadedCommand>;
}

export interface LoadedCommand {
  /** Describes the options of the command. */
  describe(yargs: Argv): Argv<unknown>;
  /** Makes yargs call back when the command was given, with what does its work. */
  register(yargs: Argv, onGiven: (work: (wrapped: readonly string[]) => Promise<void>) => void): void;
}

export interface CommandGroup {
  title: string;
  commands: readonly Command[];
}

function command<Described>(usage: string, description: string, load: () => Promise<CommandFile<Described>>): Command {
  return {
    name: usage.split(' ', 1)[0] ?? usage,
    usage,
    description,
    async load() {
      const { options, run } = await load();
      return {
        describe: options,
        register(yargs, onGiven) {
          yargs.command(
            usage,
            description,
            (cli) => withWholeExamples(options, cli),
            (given) => onGiven((wrapped) => run(given, wrapped)),
          );
        },
      };
    },
  };
}

/** All commands, as the help lists them. */
export const COMMAND_GROUPS: readonly CommandGroup[] = [
  {
    title: 'Trace',
    commands: [
      command('wrap', 'run a command and trace its Claude traffic', () => import('./commands/wrap.js')),
      command('demo', 'a scripted session, without key or network', () => import('./commands/demo.js')),
      command('proxy', 'the proxy alone, for programs you start yourself', () => import('./commands/proxy.js')),
    ],
  },
  {
    title: 'Look at what was captured',
    commands: [
      command('tui', 'browse it in the terminal, live', () => import('./commands/tui.js')),
      command('query', 'list requests', () => import('./commands/query.js')),
      command('show <id>', 'one request, whole', () => import('./commands/show.js')),
      command('diff <id> [other]', 'what changed between two requests', () => import('./commands/diff.js')),
      command('stats', 'cost, tokens, ratings by source, model or time', () => import('./commands/stats.js')),
      command('sessions', 'sessions of Claude Code and their cost', () => import('./commands/sessions.js')),
      command('suggest', 'what to drop from requests, and what that saves', () => import('./commands/suggest.js')),
      command('rate <id> [rating]', 'rate the answer to a request', () => import('./commands/rate.js')),
    ],
  },
  {
    title: 'Pass it on',
    commands: [
      command('export', 'HAR, JSON Lines, CSV, OpenTelemetry spans', () => import('./commands/export.js')),
      command('serve', 'the HTTP API', () => import('./commands/serve.js')),
    ],
  },
  {
    title: 'Look after it',
    commands: [
      command('doctor', 'check installation, database, environment', () => import('./commands/doctor.js')),
      command('config [action] [key] [value]', 'the configuration', () => import('./commands/config.js')),
      command('prune', 'remove old requests and free their space', () => import('./commands/prune.js')),
      command('reattribute', 'attribute stored requests again', () => import('./commands/reattribute.js')),
      command('ca [action]', 'the certificate authority of `proxy`', () => import('./commands/ca.js')),
      command(
        'completion [shell]',
        'a script that completes commands in bash, zsh, fish',
        () => import('./commands/completion.js'),
      ),
    ],
  },
];

export const COMMANDS: readonly Command[] = COMMAND_GROUPS.flatMap(({ commands }) => commands);
