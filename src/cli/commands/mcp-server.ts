import type { Argv } from 'yargs';
import { resolvePaths } from '../../settings/paths.js';

export function options(yargs: Argv) {
  return yargs
    .usage(
      'claude-trace mcp-server\n\n' +
        'An MCP server on stdin and stdout, with which Claude itself can ask what fills its context and what that costs. ' +
        'Its tools only read: context, costs, requests, request, suggest. To add it to Claude Code:\n' +
        '  claude mcp add claude-trace -- claude-trace mcp-server',
    )
    .example('claude mcp add claude-trace -- claude-trace mcp-server', 'in a project of Claude Code');
}

export async function run(): Promise<void> {
  // Loads the SDK of MCP, which no other command needs.
  const { serveMcp } = await import('../mcp-server/serve.js');
  await serveMcp(resolvePaths(process.env));
}
