import type { Argv } from 'yargs';
import { printStatus } from '../statusline/print-status.js';

export function options(yargs: Argv) {
  return yargs
    .usage(
      'claude-trace statusline\n\n' +
        'A command for the setting statusLine of Claude Code. It reads the JSON that Claude Code sends about its session ' +
        'on stdin, and prints one line: the context and its largest groups of sources, the cost of the session, the share of the input ' +
        'that came from the cache.\n\n' +
        'In ~/.claude/settings.json:\n' +
        '  "statusLine": { "type": "command", "command": "claude-trace statusline" }',
    )
    .example('echo \'{"session_id": "…"}\' | claude-trace statusline', 'what it would print for a session');
}

/** `main.ts` takes a shorter way to the same, unless there are options. */
export function run(): Promise<void> {
  return printStatus(process.env);
}
