import { VERSION } from '../settings/version.js';
import { writeOut } from '../text/output/stdout.js';
import { COMMAND_GROUPS, type Command, MCP_RECORD } from './command-table.js';
import { type DescribedOption, type DescribedOptions, describedBy } from './options/described-options.js';

/** Prints the manual page in the macros of man(7). The build writes it into the package, and npm installs it. */
export async function printManual(): Promise<void> {
  const groups = await Promise.all(
    COMMAND_GROUPS.map(async ({ title, commands }) => [
      `.SH ${heading(title)}`,
      ...(await Promise.all(commands.flatMap(withActions).map(describeCommand))).flat(),
    ]),
  );
  await writeOut(`${[...HEAD, ...groups.flat(), ...FOOT].join('\n')}\n`);
}

const HEAD = [
  `.TH CLAUDE\\-TRACE 1 ${new Date().toISOString().slice(0, 10)} "claude\\-trace ${VERSION}" "User Commands"`,
  '.SH NAME',
  'claude\\-trace \\- see what context every Claude Code request carries, and what it costs',
  '.SH SYNOPSIS',
  '.B claude\\-trace',
  '.I command',
  '.RI [ options ]',
  '.SH DESCRIPTION',
  ...paragraphs(
    'claude-trace is a proxy between Claude Code and its API, which passes every byte on unchanged. It stores each request with the ' +
      'sources of its context: MCP servers, skills, memory files, hooks, agents and tools.',
  ),
];

const FOOT = [
  '.SH FILES',
  '.TP',
  '.I $XDG_DATA_HOME/claude\\-trace/trace.db',
  'the database, with keys and tokens next to it',
  '.TP',
  '.I $XDG_CONFIG_HOME/claude\\-trace/config.json',
  'the configuration',
  '.SH EXIT STATUS',
  '0 for success, 1 for an error, 2 for a wrong command line or configuration.',
  '.B wrap',
  'exits with the status of its command.',
  '.SH SEE ALSO',
  '.BR claude (1)',
];

function withActions(command: Command): Command[] {
  return command.name === 'mcp' ? [command, MCP_RECORD] : [command];
}

async function describeCommand(command: Command): Promise<string[]> {
  const described = describedBy(await command.load());
  return [
    `.SS ${roff(command.name)}`,
    ...describeUsage(described),
    ...described.positionals.flatMap(({ name, description, choices }) =>
      item(`\\fI${roff(name)}\\fR`, withChoices(description, choices)),
    ),
    ...described.options.flatMap(describeOption),
    ...(described.examples.length > 0 ? ['.PP', 'Examples:'] : []),
    ...described.examples.flatMap(({ line, description }) => ['.PP', '.EX', text(line), '.EE', text(description)]),
  ];
}

/** The ways to call it are lines of their own. */
function describeUsage({ usage }: DescribedOptions): string[] {
  const [calls = '', ...about] = usage.split('\n\n');
  return [
    '.EX',
    ...calls.split('\n').map((line) => text(line.trim())),
    '.EE',
    ...about.flatMap((each) => ['.PP', ...paragraphs(each)]),
  ];
}

function describeOption({ name, description, takesValue, isNegatable, choices }: DescribedOption): string[] {
  const names = [`\\fB\\-\\-${roff(name)}\\fR`, ...(isNegatable ? [`\\fB\\-\\-no\\-${roff(name)}\\fR`] : [])];
  return item(`${names.join(', ')}${takesValue ? ' \\fIvalue\\fR' : ''}`, withChoices(description, choices));
}

function withChoices(description: string, choices: readonly string[]): string {
  return choices.length === 0 ? description : `${description} (${choices.join(', ')})`;
}

function item(term: string, description: string): string[] {
  return ['.TP', term, text(description)];
}

function paragraphs(about: string): string[] {
  return about.split('\n').map(text);
}

function heading(title: string): string {
  return roff(title.toUpperCase());
}

/** A line of text: one that begins with a dot or an apostrophe would be a macro. */
function text(line: string): string {
  return roff(line).replace(/^(?=[.'])/, '\\&');
}

function roff(words: string): string {
  return words.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('…', '\\[u2026]').trim();
}
