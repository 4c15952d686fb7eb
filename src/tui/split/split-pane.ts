import type { ReadStream, WriteStream } from 'node:tty';
import type { Env } from '../../base/env.js';
import type { PrefixKey } from '../../settings/prefix-key.js';
import { childTerminalEnv } from './child-environment.js';
import { PANEL_MODES } from './child-modes.js';
import { createScreen, type Screen } from './emulator/screen.js';
import { findCommand } from './find-command.js';
import { holdBack } from './flow-control.js';
import { guardPanel } from './guarded-panel.js';
import { hasChildKeyboard, InputRouter } from './input-router.js';
import { createInputTargets } from './input-targets.js';
import { layOut } from './layout.js';
import { startGuard } from './outside/guard.js';
import { createMirror } from './outside/mirrored-modes.js';
import { createOuterTerminal, leaving } from './outside/outer-terminal.js';
import { collectFacts } from './outside/terminal-facts.js';
import { isDumb, terminalKind } from './outside/terminal-kind.js';
import type { Panel } from './panel.js';
import { type ChildEnd, spawnPty } from './pty.js';
import { takeSignals } from './signals.js';
import { createStage, type Stage } from './stage.js';
import { createSuspension } from './suspension.js';
import { type Claim, createClaim } from './terminal-claim.js';

export interface SplitPaneOptions {
  command: string;
  args: readonly string[];
  env: Env;
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
  /** The terminal took nothing any more at the end: nothing may be written on it. */
  onTerminalStuck(): void;
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

/** The terminal outside cannot be drawn on. */
class DumbTerminalError extends Error {
  override name = 'DumbTerminalError';
}

/**
 * Runs a command in a terminal of its own, drawn on the real one with a panel beside it.
 * @throws DumbTerminalError, or NoPtyError where there are no pseudo-terminals; the real terminal is untouched then
 */
export async function startSplitPane(options: SplitPaneOptions): Promise<SplitPane> {
  const { command, args, env, cwd } = options;
  if (isDumb(env)) throw new DumbTerminalError(`a terminal of type ${env.TERM || 'unknown'} cannot be drawn on`);
  const found = findCommand(command, env, cwd);
  if ('startError' in found) {
    options.panel.close();
    return { pid: null, ended: Promise.resolve({ ...found, signal: null }), release: () => {}, reclaim: () => {} };
  }

  const kind = terminalKind(env);
  // First, as it has to see the terminal's settings before they change.
  const guard = startGuard();
  const facts = collectFacts({ onBackground: options.onBackground, onKeyboard: () => claim.followModes() });
  const mirror = createMirror(() => facts.known.kittyKeyboard, kind.isXtermLike);
  const outer = createOuterTerminal(options.stdin, options.stdout, kind, {
    onInput: (bytes) => router.push(bytes),
    onResize: () => stage.resized(),
    onReady: () => stage.request(),
    onGone: () => pty.kill('SIGHUP'),
  });
  const panel = guardPanel(options.panel, (error) => {
    options.onPanelFailed(error);
    // Later: it may have failed in the middle of a frame.
    setImmediate(dropPanel);
  });
  const { childSize } = layOut(outer.size(), 'both');
  const screen: Screen = createScreen(childSize, facts.known, kind, {
    onAnswer: (data) => pty.write(data),
    onPassedOn: outer.offer,
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
        claim.followModes();
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
    kind,
    can: facts.known,
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
  }).catch((error: unknown) => {
    guard.dismiss();
    outer.close();
    throw error;
  });
  const takeOutput = holdBack(pty, (data, done) =>
    screen.write(data, () => {
      done();
      claim.followModes();
      stage.request();
    }),
  );

  // Until the terminal has told what it can, the child's questions about that have no answer.
  if (kind.isXtermLike) {
    pty.pause();
    void facts.complete.then(pty.resume);
  }

  const claim: Claim = createClaim({
    outer,
    mirror,
    guard,
    leaving: leaving(kind),
    wantedModes: () => (hasChildKeyboard(router.keyboard) ? screen.modes() : PANEL_MODES),
    onReclaimed: () => stage.resized(),
    stopChild: () => pty.kill('SIGSTOP'),
    continueChild: () => pty.kill('SIGCONT'),
  });
  let signalled = (signal: NodeJS.Signals): void => pty.kill(signal);
  takeSignals((signal) => signalled(signal));

  panel.attach({
    leave: () => router.give('child'),
    zoom: () => stage.toggle('panel'),
    copy: (text) => outer.write(`\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`),
    lend: claim.lend,
  });
  panel.onFocus('none');
  const stopFrames = panel.onFrame(stage.request);
  await guard.ready;
  claim.reclaim();

  return { pid: pty.pid, ended: childEnd.then(finish), release: claim.release, reclaim: claim.reclaim };

  function dropPanel(): void {
    router.give('child');
    stage.removePanel();
  }

  async function finish(end: ChildEnd): Promise<ChildEnd> {
    signalled = options.onLateSignal;
    await new Promise<void>((resolve) => screen.write(Buffer.alloc(0), resolve));
    stopFrames();
    stage.stop();
    panel.close();
    await claim.end();
    for (const line of screen.transcript()) outer.print(line);
    if (outer.isStuck()) options.onTerminalStuck();
    outer.close();
    screen.dispose();
    return end;
  }
}
