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
      command(
        'import [path]',
        "import past sessions from Claude Code's transcripts",
        () => import('./commands/import.js'),
      ),
      command('demo', 'play a scripted session without a key or a network', () => import('./commands/demo.js')),
      command('proxy', 'run only the proxy, for programs you start yourself', () => import('./commands/proxy.js')),
    ],
  },
  {
    title: 'Look at what was captured',
    commands: [
      command('tui', 'browse captured requests live in the terminal', () => import('./commands/tui.js')),
      command('query', 'list requests', () => import('./commands/query.js')),
      command('show <id>', 'show one request in full', () => import('./commands/show.js')),
      command('context [session]', 'show how the context fills up', () => import('./commands/context.js')),
      command('diff <id> [other]', 'show what changed between two requests', () => import('./commands/diff.js')),
      command('stats', 'show cost and tokens by source, model or time', () => import('./commands/stats.js')),
      command(
        'sessions [action] [session] [name]',
        'list or name sessions of Claude Code',
        () => import('./commands/sessions.js'),
      ),
      command(
        'compare <session> <other-session>',
        'show two sessions side by side',
        () => import('./commands/compare.js'),
      ),
      command(
        'statusline',
        'print a line for the status line of Claude Code',
        () => import('./commands/statusline.js'),
      ),
      command('suggest', 'suggest what to leave out, and what that saves', () => import('./commands/suggest.js')),
      command('rate <id> [rating]', 'rate the answer to a request', () => import('./commands/rate.js')),
    ],
  },
  {
    title: 'Work with MCP servers',
    commands: [
      command('mcp [server] [call]', 'list MCP servers, their tools and calls', () => import('./commands/mcp.js')),
      command(
        'tape [action] [tapes..]',
        'record, share and check MCP connections as files',
        () => import('./commands/tape.js'),
      ),
      command('replay <tape> [target]', 'replay recorded MCP servers or the API', () => import('./commands/replay.js')),
      command(
        'rules <action> [file] [rule]',
        'check, test and edit rules for MCP messages',
        () => import('./commands/rules.js'),
      ),
      command('gateway [action]', 'serve many MCP servers at one address', () => import('./commands/gateway.js')),
    ],
  },
  {
    title: 'Share',
    commands: [
      command('export', 'export requests: HAR, JSON Lines, CSV, spans', () => import('./commands/export.js')),
      command('serve', 'serve the HTTP API', () => import('./commands/serve.js')),
      command('mcp-server', 'run an MCP server that Claude can ask', () => import('./commands/mcp-server.js')),
    ],
  },
  {
    title: 'Maintain',
    commands: [
      command('doctor', 'check installation, database and environment', () => import('./commands/doctor.js')),
      command(
        'config [action] [key] [value]',
        'read and change the configuration',
        () => import('./commands/config.js'),
      ),
      command('prune', 'remove old requests and free their space', () => import('./commands/prune.js')),
      command('reattribute', 'attribute stored requests again', () => import('./commands/reattribute.js')),
      command('measure [subject]', 'count exact tokens with the API', () => import('./commands/measure.js')),
      command('ca [action]', 'manage the certificate authority of `proxy`', () => import('./commands/ca.js')),
      command(
        'completion [shell]',
        'print a completion script for bash, zsh or fish',
        () => import('./commands/completion.js'),
      ),
    ],
  },
];

/** The only action of a command that has options of its own. */
export const MCP_RECORD: Command = {
  ...command('mcp [record] [command..]', 'run an MCP server and record it', () => import('./commands/mcp-record.js')),
  name: 'mcp record',
};

/** The command that the words call. */
export function commandIn([name, action]: readonly string[]): Command | undefined {
  if (name === 'mcp' && action === 'record') return MCP_RECORD;
  return COMMANDS.find((command) => command.name === name);
}

export const COMMANDS: readonly Command[] = COMMAND_GROUPS.flatMap(({ commands }) => commands);

/** Commands that start another one, whose command line follows `--`. */
export const STARTING: ReadonlySet<string> = new Set(['wrap', 'replay', 'mcp']);
