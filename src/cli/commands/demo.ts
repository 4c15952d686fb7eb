import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Argv } from 'yargs';
import { ask } from '../../demo/launch/ask.js';
import { playWithClaude } from '../../demo/launch/claude-session.js';
import { playScript } from '../../demo/launch/scripted-session.js';
import { writeOut } from '../../text/output/stdout.js';
import { chooseLayout, terminalsOf } from '../../wrap/layout.js';
import type { OptionsOf } from '../command-file.js';

/** What a user would ask next; each runs as typed. */
const QUESTIONS: readonly string[][] = [
  ['query'],
  ['query', '--source', 'mcp:*', '--limit', '3'],
  ['show', 'last'],
  ['diff', 'last'],
  ['suggest'],
];

export function options(yargs: Argv) {
  return yargs
    .usage(
      'claude-trace demo [options]\n\n' +
        'Traces a session through the real proxy, a script in place of the API, then asks what a user would ask. On a terminal ' +
        'the panel is beside the session: that of your own Claude Code, if `claude` is installed, in a home of its own. ' +
        'Needs no key and no network, and leaves nothing behind.',
    )
    .option('play', { type: 'boolean', default: false, describe: 'let a script play Claude Code, too' })
    .example('claude-trace demo --play', 'with a script in place of Claude Code, too');
}

type Args = OptionsOf<typeof options>;

export async function run({ play }: Args): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'claude-trace-demo-'));
  // Where nobody looks on, nobody can end Claude Code.
  const watched = chooseLayout('auto', terminalsOf(process.env)) !== 'none';
  try {
    const env = (watched && !play ? await playWithClaude(folder) : null) ?? (await playScript(folder, watched));
    if (env === null) {
      process.exitCode = 130;
      return;
    }
    for (const question of QUESTIONS) await ask(question, { shown: question.join(' '), env });
    await writeOut('\nNow with the real one: claude-trace wrap -- claude\n');
  } finally {
    // What Claude Code has left running may write a moment longer.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
