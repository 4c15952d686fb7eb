import type { ReadStream, WriteStream } from 'node:tty';
import { childTerminalEnv } from './child-environment.js';
import { PANEL_MODES, PLAIN_MODES } from './child-modes.js';
import { findCommand } from './find-command.js';
import { holdBack } from './flow-control.js';
import { guardPanel } from './guarded-panel.js';
import { hasChildKeyboard, InputRouter } from './input-router.js';
import { createInputTargets } from './input-targets.js';
import { layOut } from './layout.js';
import { createMirror } from './mirrored-modes.js';
import { createOuterTerminal } from './outer-terminal.js';
import type { Panel } from './panel.js';
import type { PrefixKey } from './prefix-key.js';
import { type ChildEnd, spawnPty } from './pty.js';
import { createScreen, type Screen } from './screen.js';
import { takeSignals } from './signals.js';
import { createStage, type Stage } from './stage.js';
import { createSuspension } from './suspension.js';
import { collectFacts } from './terminal-facts.js';

export interface SplitPaneOptions {
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  panel: Panel;
  prefix: PrefixKey;
  /** What the panel does with keys behind the prefix key, as in `+ - rate`. */
  prefixKeys: string;
  /** The real terminal. */
  stdin: ReadStream;
  stdout: WriteStream;
  /** The terminal has told the colour of its background, as in `rgb:ffff/ffff/ffff`. */
  onBackground(colour: string): void;
  /** The panel threw and is gone; the child has the terminal alone. */
  onPanelFailed(error: unknown): void;
  /** A signal came when the child had ended: whatever is still done shall end soon. */
  onLateSignal(signal: NodeJS.Signals): void;
}

export interface SplitPane {
  /** Of the child; null when it could not be started. */
  pid: number | null;
  /** The child has ended; the terminal is as it was, with what the child left on its main screen. */
  ended: Promise<ChildEnd>;
  /** Gives the terminal back for a while, as before our own process is stopped. */
  release(): void;
  /** Takes it again and draws everything anew. */
  reclaim(): void;
}

/**
 * Runs a command in a terminal of its own, drawn on the real one with a panel beside it.
 * @throws NoPtyError where there are no pseudo-terminals; the real terminal is untouched then
 */
export async function startSplitPane(options: SplitPaneOptions): Promise<SplitPane> {
  const { command, args, env, cwd } = options;
  const found = findCommand(command, env, cwd);
  if ('startError' in found) {
    options.panel.close();
    return { pid: null, ended: Promise.resolve({ ...found, signal: null }), release: () => {}, reclaim: () => {} };
  }

  const facts = collectFacts(options.onBackground);
  const mirror = createMirror(() => facts.known.kittyKeyboard);
  const outer = createOuterTerminal(options.stdin, options.stdout, {
    onInput: (bytes) => router.push(bytes),
    onResize: () => stage.resized(),
    onGone: () => pty.kill('SIGHUP'),
  });
  const panel = guardPanel(options.panel, (error) => {
    options.onPanelFailed(error);
    // Later: it may have failed in the middle of a frame.
    setImmediate(dropPanel);
  });
  const { childSize } = layOut(outer.size(), 'both');
  const screen: Screen = createScreen(childSize, facts.known, {
    onAnswer: (data) => pty.write(data),
    onPassedOn: outer.write,
    onWholeFrame: () => stage.wholeFrame(),
  });
  const router: InputRouter = new InputRouter(
    options.prefix,
    createInputTargets({
      panel,
      screen,
      stage: () => stage,
      writeToChild(bytes) {
        suspension.typed(bytes);
        pty.write(bytes);
      },
      reply: facts.learn,
      endScroll: () => router.give('child'),
      keyboardMoved() {
        followModes();
        stage.arrange();
      },
    }),
  );
  const suspension = createSuspension(
    () => screen.modes().bracketedPaste,
    () => pty.kill('SIGSTOP'),
  );
  const stage: Stage = createStage({
    terminal: outer,
    screen,
    panel,
    armedKeys: `${options.prefixKeys}  z zoom  h hide  [ scroll  ${options.prefix.name} send it  other keys: panel`,
    keyboard: () => router.keyboard,
    onChildSize(size) {
      screen.resize(size);
      pty.resize(size);
    },
  });

  let takeEnd: (end: ChildEnd) => void = () => {};
  const childEnd = new Promise<ChildEnd>((resolve) => {
    takeEnd = resolve;
  });
  const pty = await spawnPty({
    file: found.file,
    args,
    env: childTerminalEnv(env),
    cwd,
    size: childSize,
    onData: (data) => takeOutput(data),
    onExit: takeEnd,
  });
  const takeOutput = holdBack(pty, (data, done) =>
    screen.write(data, () => {
      done();
      followModes();
      stage.request();
    }),
  );

  // Until the terminal has told what it can, the child's questions about that have no answer.
  pty.pause();
  facts.complete.then(pty.resume);

  let lent: Promise<void> | null = null;
  let signalled = (signal: NodeJS.Signals): void => pty.kill(signal);
  takeSignals((signal) => signalled(signal));
  // Whatever ends us: before the message of an uncaught error, and before anything else that ends the process.
  process.on('uncaughtExceptionMonitor', release);
  process.on('exit', release);
  process.on('SIGCONT', resume);

  panel.attach({
    leave: () => router.give('child'),
    zoom: () => stage.toggle('panel'),
    copy: (text) => outer.write(`\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`),
    lend,
  });
  panel.onFocus('none');
  const stopFrames = panel.onFrame(stage.request);
  reclaim();

  return { pid: pty.pid, ended: childEnd.then(finish), release, reclaim };

  function followModes(): void {
    if (!outer.isEntered()) return;
    outer.write(mirror.follow(hasChildKeyboard(router.keyboard) ? screen.modes() : PANEL_MODES));
  }

  function release(): void {
    outer.write(mirror.follow(PLAIN_MODES));
    outer.leave();
  }

  function reclaim(): void {
    outer.enter();
    followModes();
    stage.resized();
  }

  function lend(use: () => Promise<void>): Promise<void> {
    release();
    lent = use().finally(() => {
      lent = null;
      reclaim();
    });
    return lent;
  }

  /** We were stopped and go on; the shell may have used the terminal in between. */
  function resume(): void {
    pty.kill('SIGCONT');
    if (lent) return;
    release();
    reclaim();
  }

  function dropPanel(): void {
    router.give('child');
    stage.removePanel();
  }

  async function finish(end: ChildEnd): Promise<ChildEnd> {
    signalled = options.onLateSignal;
    // What goes wrong while the terminal is lent is told to whoever borrowed it.
    await lent?.catch(() => {});
    await new Promise<void>((resolve) => screen.write(Buffer.alloc(0), resolve));
    stopFrames();
    stage.stop();
    panel.close();
    release();
    process.off('uncaughtExceptionMonitor', release);
    process.off('exit', release);
    process.off('SIGCONT', resume);
    for (const line of screen.transcript()) options.stdout.write(`${line}\n`);
    screen.dispose();
    return end;
  }
}
