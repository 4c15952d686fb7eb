import type { Argv } from 'yargs';
import { UsageError } from '../../base/errors.js';

/** How `mcp record` is called. With a command after `--`, main.ts runs it without loading this. */
export function options(yargs: Argv) {
  return yargs
    .usage(
      'claude-trace mcp record [options] -- <command…>\n\n' +
        "Runs an MCP server for any client, in place of the command in the client's configuration, and stores what passes.",
    )
    .hide('record')
    .hide('command')
    .option('name', { type: 'string', describe: 'name of the server  [default: that of its program]' })
    .option('rules', { type: 'string', describe: 'apply the rules of this file to its messages' })
    .example('claude-trace mcp record --name tickets -- npx tickets-server', 'what a client starts as its server');
}

export async function run(): Promise<never> {
  throw new UsageError(
    'Write the command of the server after --: claude-trace mcp record [--name <name>] [--rules <file>] -- <command…>',
  );
}
