import { createScreen, type Screen, type ScreenListener } from '../emulator/screen.js';
import type { Size } from '../layout.js';
import type { TerminalFacts } from '../outside/terminal-facts.js';
import type { TerminalKind } from '../outside/terminal-kind.js';
import { childTerminalEnv } from './child-environment.js';
import { holdBack } from './flow-control.js';
import { type ChildEnd, spawnPty } from './pty.js';
import { createSuspension } from './suspension.js';

/** A command in a terminal of its own, and what it shows there. */
export interface Child {
  pid: number;
  screen: Screen;
  /** What the user types. */
  type(bytes: Buffer | string): void;
  resize(size: Size): void;
  kill(signal: NodeJS.Signals): void;
  ended: Promise<ChildEnd>;
}

export interface ChildOptions extends Omit<ScreenListener, 'onAnswer'> {
  file: string;
  args: readonly string[];
  /** Environment of the terminal outside. */
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  size: Size;
  facts: TerminalFacts;
  kind: TerminalKind;
  /** The screen has taken output of the child. */
  onOutput(bytes: number): void;
}

/** @throws NoPtyError where there are no pseudo-terminals; Error when none can be opened */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { file, args, env, cwd, size, facts, kind } = options;
  const screen = createScreen(size, facts.known, kind, {
    onAnswer: (data) => pty.write(data),
    onPassedOn: options.onPassedOn,
    onWholeFrame: options.onWholeFrame,
  });
  let onExit: (end: ChildEnd) => void = () => {};
  const ended = new Promise<ChildEnd>((resolve) => {
    onExit = resolve;
  });
  const onData = (data: Buffer) => takeOutput(data);
  const pty = await spawnPty({ file, args, env: childTerminalEnv(env), cwd, size, onData, onExit });
  const takeOutput = holdBack(pty, (data, done) =>
    screen.write(data, () => {
      done();
      options.onOutput(data.length);
    }),
  );
  const suspension = createSuspension(
    () => screen.modes().bracketedPaste,
    () => pty.kill('SIGSTOP'),
  );
  // Until the terminal outside has answered, there is no answer to the child's questions about it.
  if (kind.isXtermLike) {
    pty.pause();
    void facts.complete.then(pty.resume);
  }

  return {
    pid: pty.pid,
    screen,
    ended,
    type(bytes) {
      suspension.typed(bytes);
      pty.write(bytes);
    },
    resize(size) {
      screen.resize(size);
      pty.resize(size);
    },
    kill: pty.kill,
  };
}
