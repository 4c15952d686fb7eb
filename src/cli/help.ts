import { COMMAND_GROUPS } from './command-table.js';

/** How a person finds the rest: the commands by what they are for, and how to begin. */
export function describeCommands(): string {
  const lines = COMMAND_GROUPS.flatMap(({ title, commands }) => [
    '',
    `${title}:`,
    ...commands.map(({ name, description }) => `  ${`claude-trace ${name}`.padEnd(25)}  ${description}`),
  ]);
  return [
    'claude-trace <command> [options]',
    '',
    'See what context every Claude Code request carries, where it came from and what',
    'it costs.',
    ...lines,
    '',
    'Examples:',
    '  claude-trace wrap -- claude          trace a session, a live panel beside it',
    '  claude-trace query --source mcp:*    the requests that carried an MCP server',
    '  claude-trace show last               the last request',
    '',
    'claude-trace help <command> describes a command, --version prints the version,',
    'and claude-trace completion --help explains how to set up the Tab key.',
    '',
  ].join('\n');
}
