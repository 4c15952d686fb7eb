import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { parseRecord } from '../../../src/base/json.js';
import { type ClaudeSetup, claudeCommand } from './run.js';

const STREAMS = ['-p', '--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose'];

/** A busy machine takes a minute. */
const PATIENCE_MS = 280_000;

/** One process that gets many messages, each when the one before has its answer. Returns stderr when it failed, else null. */
export async function chatWithClaude(
  setup: ClaudeSetup,
  messages: readonly (string | (() => Promise<string>))[],
): Promise<string | null> {
  const { argv, cwd, env } = await claudeCommand(setup, STREAMS);
  const [file = '', ...args] = argv;
  const claude = execa(file, args, { cwd, extendEnv: false, env, stdin: 'pipe', reject: false, timeout: PATIENCE_MS });
  const waiting = [...messages];
  const sendNext = async (): Promise<void> => {
    const message = waiting.shift();
    if (message === undefined) {
      claude.stdin.end();
      return;
    }
    const text = typeof message === 'string' ? message : await message();
    claude.stdin.write(`${JSON.stringify({ type: 'user', message: { role: 'user', content: text } })}\n`);
  };
  const lines = createInterface({ input: claude.stdout });
  lines.on('line', (line) => {
    if (parseRecord(line)?.type === 'result') sendNext().catch(() => claude.kill());
  });
  await sendNext();
  const { exitCode, stderr, timedOut } = await claude;
  if (timedOut) return `no end after ${PATIENCE_MS / 1_000} s: ${stderr}`;
  lines.close();
  return exitCode === 0 ? null : `${exitCode} ${stderr}`;
}
