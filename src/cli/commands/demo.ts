import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Argv } from 'yargs';
import { ask, DemoStoppedError, INTERRUPTED } from '../../demo/launch/ask.js';
import { playWithClaude } from '../../demo/launch/claude-session.js';
import { playScript } from '../../demo/launch/scripted-session.js';
import { writeOut } from '../../text/output/stdout.js';
import { chooseLayout, terminalsOf } from '../../wrap/panel-layout.js';
import type { OptionsOf } from '../command-file.js';

/** Commands that a user would run next. */
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
        'Traces a session that a script answers in place of the API, then runs the commands that a user would run. On a ' +
        'terminal the panel is next to the session: your own Claude Code in a home of its own if `claude` is installed, else ' +
        'a script that plays it. The demo needs no key and no network, and leaves nothing behind.',
    )
    .option('play', {
      type: 'boolean',
      default: false,
      describe: 'let a script play Claude Code, even if it is installed',
    })
    .example('claude-trace demo --play', 'without Claude Code');
}

export async function run({ play }: OptionsOf<typeof options>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'claude-trace-demo-'));
  // Without a person at the terminal, nobody can end Claude Code.
  const isWatched = chooseLayout('auto', terminalsOf(process.env)) !== 'none';
  try {
    const env = (isWatched && !play ? await playWithClaude(folder) : null) ?? (await playScript(folder, isWatched));
    if (env === null) {
      process.exitCode = INTERRUPTED;
      return;
    }
    for (const question of QUESTIONS) await ask(question, { shown: question.join(' '), env });
    await writeOut('\nNow with the real one: claude-trace wrap -- claude\n');
  } catch (error) {
    if (!(error instanceof DemoStoppedError)) throw error;
    process.exitCode = 128 + constants.signals[error.signal];
  } finally {
    // Processes that Claude Code has left running may write a moment longer.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
