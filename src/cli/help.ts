import { COMMAND_GROUPS } from './command-table.js';

/** The commands by purpose, and how to begin. */
export function describeCommands(): string {
  const lines = COMMAND_GROUPS.flatMap(({ title, commands }) => [
    '',
    `${title}:`,
    ...commands.map(({ name, description }) => `  ${`claude-trace ${name}`.padEnd(25)}  ${description}`),
  ]);
  return [
    'claude-trace <command> [options]',
    '',
    'See what context every Claude Code request carries, where it comes from and what',
    'it costs.',
    ...lines,
    '',
    'Examples:',
    '  claude-trace wrap -- claude          trace a session next to a live panel',
    "  claude-trace query --source 'mcp:*'  requests that carried an MCP server",
    '  claude-trace show last               the last request',
    '',
    'claude-trace help <command> describes a command, and claude-trace --version',
    'prints the version. claude-trace completion --help explains how to set up the',
    'Tab key.',
    '',
  ].join('\n');
}
