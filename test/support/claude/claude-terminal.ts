import { spawn } from '@lydell/node-pty';
import headless from '@xterm/headless';
import type { ScriptedApi } from '../scripted-api.js';

const WIDTH = 150;
const HEIGHT = 50;
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 25;
/** A busy machine drops an Enter that comes right on the text; on an empty line one more does no harm. */
const ENTER_AGAIN_MS = 2_000;
const CTRL_C = '\x03';

/** Claude Code on a terminal, and a person who types and looks. */
export interface ClaudeTerminal {
  type(keys: string): void;
  /** Sends a prompt and waits until the screen shows the reply, which no other prompt of the session gets. */
  ask(prompt: string, reply: string): Promise<void>;
  /** Sends a line and waits until something has happened. */
  send(line: string, happened: () => boolean): Promise<void>;
  sees(text: string): boolean;
  /** Some line of the screen matches. */
  shows(line: RegExp): boolean;
  /** @throws when it has not happened after a minute; the error shows the screen. */
  until(happened: () => boolean, what: string): Promise<void>;
  /** Some message that the API got holds this. */
  isSent(text: string): boolean;
}

interface Command {
  argv: readonly string[];
  cwd: string;
  env: Record<string, string>;
}

/** Runs an interactive Claude Code until `act` is through, and ends it as a person does. */
export async function atTerminal(
  { argv: [file = '', ...args], cwd, env }: Command,
  api: ScriptedApi,
  act: (terminal: ClaudeTerminal) => Promise<void>,
): Promise<void> {
  const emulator = new headless.Terminal({ cols: WIDTH, rows: HEIGHT, scrollback: 2_000, allowProposedApi: true });
  const pty = spawn(file, args, { cols: WIDTH, rows: HEIGHT, cwd, env, name: 'xterm-256color' });
  pty.onData((data) => emulator.write(data));
  emulator.onData((data) => pty.write(data));
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    pty.onExit(() => {
      hasEnded = true;
      resolve();
    });
  });

  const screen = (): string => {
    const { active } = emulator.buffer;
    const rows = Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(true) ?? '');
    return rows.join('\n').trimEnd();
  };
  const until = async (happened: () => boolean, what: string): Promise<void> => {
    for (const start = Date.now(); !happened(); await wait(LOOK_EVERY_MS)) {
      if (hasEnded) throw new Error(`Claude Code ended before ${what}:\n${screen()}`);
      if (Date.now() - start > PATIENCE_MS) throw new Error(`Not seen: ${what}:\n${screen()}`);
    }
  };
  const sees = (text: string) => screen().includes(text);
  const send = async (line: string, happened: () => boolean): Promise<void> => {
    pty.write(line);
    await until(() => sees(line.trim().slice(-20)), `the echo of ${line}`);
    pty.write('\r');
    const again = setInterval(() => pty.write('\r'), ENTER_AGAIN_MS);
    try {
      await until(happened, `what ${line} does`);
    } finally {
      clearInterval(again);
    }
  };

  try {
    await until(() => /^[│ ]*[>❯]/m.test(screen()), 'the prompt');
    await act({
      type: (keys) => pty.write(keys),
      ask: (prompt, reply) => send(prompt, () => sees(reply)),
      send,
      sees,
      shows: (line) => line.test(screen()),
      until,
      isSent: (text) => api.received.some(({ path, body }) => path.startsWith('/v1/messages') && body.includes(text)),
    });
    pty.write(CTRL_C);
    const again = setInterval(() => pty.write(CTRL_C), 300);
    await until(() => hasEnded, 'the end').catch(() => {});
    clearInterval(again);
  } finally {
    if (!hasEnded) pty.kill('SIGKILL');
    await ended;
    emulator.dispose();
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
