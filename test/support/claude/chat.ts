import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { parseRecord, recordsOf } from '../../../src/base/json.js';
import { type ClaudeSetup, claudeCommand } from './run.js';

const STREAMS = ['-p', '--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose'];

/** A busy machine takes a minute. */
const PATIENCE_MS = 280_000;

/**
 * One process that gets many messages, each when the previous one is answered. The answer to an event of its own (a monitor's,
 * a background task's) does not count: messages that are sent too soon are joined. Returns stderr when it failed, else null.
 * @param messages each ends with a word that no other has
 */
export async function chatWithClaude(
  setup: ClaudeSetup,
  messages: readonly (string | (() => Promise<string>))[],
): Promise<string | null> {
  const { argv, cwd, env } = await claudeCommand(setup, STREAMS);
  const [file = '', ...args] = argv;
  const claude = execa(file, args, { cwd, extendEnv: false, env, stdin: 'pipe', reject: false, timeout: PATIENCE_MS });
  const waiting = [...messages];
  let sent = '';
  /** Whether the model was asked about a message: side calls, which have no tools, may quote it before. */
  const isAsked = (message: string): boolean => {
    const word = message.split(' ').at(-1) ?? message;
    const bodies = setup.api.received.map(({ body }) => body.toString()).filter((body) => body.includes(word));
    return bodies.some((body) => recordsOf(parseRecord(body)?.tools).length > 0);
  };
  const sendNext = async (): Promise<void> => {
    const message = waiting.shift();
    if (message === undefined) {
      claude.stdin.end();
      return;
    }
    const text = typeof message === 'string' ? message : await message();
    sent = text;
    claude.stdin.write(`${JSON.stringify({ type: 'user', message: { role: 'user', content: text } })}\n`);
  };
  const lines = createInterface({ input: claude.stdout });
  lines.on('line', (line) => {
    if (parseRecord(line)?.type === 'result' && isAsked(sent)) sendNext().catch(() => claude.kill());
  });
  await sendNext();
  const { exitCode, stderr, timedOut } = await claude;
  if (timedOut) return `no end after ${PATIENCE_MS / 1_000} s: ${stderr}`;
  lines.close();
  return exitCode === 0 ? null : `${exitCode} ${stderr}`;
}
