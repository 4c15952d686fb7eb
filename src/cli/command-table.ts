import type { Argv } from 'yargs';
import type { CommandFile } from './command-file.js';

/** A command. The file with its options is loaded when needed: `wrap` pays for no other. */
export interface Command {
  name: string;
  /** Name and arguments, as yargs reads them: `diff <id> [other]`. */
  usage: string;
  description: string;
  load(): Promise<LoadedCommand>;
}

export interface LoadedCommand {
  /** Describes the options of the command. */
  describe(yargs: Argv): Argv<unknown>;
  /** Makes yargs call back with the work of the command when it is given. */
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

/** yargs breaks the lines of examples to fit two columns, so that they could not be copied: prints them below the options. */
function withWholeExamples<Described>(describe: (cli: Argv) => Argv<Described>, cli: Argv): Argv<Described> {
  const lines: string[] = [];
  const example = (line: string, what: string): Argv => {
    lines.push(`  ${line}`, `      ${what}`);
    return cli;
  };
  Object.assign(cli, { example });
  const described = describe(cli);
  if (lines.length > 0) cli.epilogue(['Examples:', ...lines].join('\n'));
  return described;
}

/** All commands, in the order of the help. */
export const COMMAND_GROUPS: readonly CommandGroup[] = [
  {
    title: 'Trace',
    commands: [
      command('wrap', 'run a command and trace its Claude traffic', () => import('./commands/wrap.js')),
      command('import [path]', "past sessions, from Claude Code's transcripts", () => import('./commands/import.js')),
      command('demo', 'a scripted session, without a key or a network', () => import('./commands/demo.js')),
      command('proxy', 'the proxy alone, for programs you start yourself', () => import('./commands/proxy.js')),
    ],
  },
  {
    title: 'Look at what was captured',
    commands: [
      command('tui', 'browse it live in the terminal', () => import('./commands/tui.js')),
      command('query', 'list requests', () => import('./commands/query.js')),
      command('show <id>', 'one request in full', () => import('./commands/show.js')),
      command('context [session]', 'how the context fills up', () => import('./commands/context.js')),
      command('diff <id> [other]', 'what changed between two requests', () => import('./commands/diff.js')),
      command('stats', 'cost, tokens and ratings by source, model or time', () => import('./commands/stats.js')),
      command(
        'sessions [action] [session] [name]',
        'sessions of Claude Code, their cost and names',
        () => import('./commands/sessions.js'),
      ),
      command(
        'compare <session> <other-session>',
        'two sessions beside each other',
        () => import('./commands/compare.js'),
      ),
      command('statusline', 'a line for the status line of Claude Code', () => import('./commands/statusline.js')),
      command('mcp [server] [call]', 'MCP servers, their tools and calls', () => import('./commands/mcp.js')),
      command(
        'replay <tape> [target]',
        'recorded MCP servers, or the API, answer again',
        () => import('./commands/replay.js'),
      ),
      command('gateway [action]', 'many MCP servers behind one address', () => import('./commands/gateway.js')),
      command('rules <action> [file] [rule]', 'rules for messages of MCP servers', () => import('./commands/rules.js')),
      command('suggest', 'what to drop from requests, and what that saves', () => import('./commands/suggest.js')),
      command('rate <id> [rating]', 'rate the answer to a request', () => import('./commands/rate.js')),
    ],
  },
  {
    title: 'Pass it on',
    commands: [
      command('export', 'HAR, JSON Lines, CSV, OpenTelemetry spans', () => import('./commands/export.js')),
      command(
        'tape [action] [tapes..]',
        'MCP connections as files: record, share, check',
        () => import('./commands/tape.js'),
      ),
      command('serve', 'the HTTP API', () => import('./commands/serve.js')),
      command('mcp-server', 'an MCP server that Claude can ask', () => import('./commands/mcp-server.js')),
    ],
  },
  {
    title: 'Look after it',
    commands: [
      command('doctor', 'check installation, database and environment', () => import('./commands/doctor.js')),
      command('config [action] [key] [value]', 'the configuration', () => import('./commands/config.js')),
      command('prune', 'remove old requests and free their space', () => import('./commands/prune.js')),
      command('reattribute', 'attribute stored requests again', () => import('./commands/reattribute.js')),
      command('measure [subject]', 'have the API count what is estimated', () => import('./commands/measure.js')),
      command('ca [action]', 'the certificate authority of `proxy`', () => import('./commands/ca.js')),
      command(
        'completion [shell]',
        'a completion script for bash, zsh or fish',
        () => import('./commands/completion.js'),
      ),
    ],
  },
];

export const COMMANDS: readonly Command[] = COMMAND_GROUPS.flatMap(({ commands }) => commands);

/** Commands that start another one, whose command line follows `--`. */
export const STARTING: ReadonlySet<string> = new Set(['wrap', 'replay', 'mcp']);
