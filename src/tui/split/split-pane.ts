import type { ReadStream, WriteStream } from 'node:tty';
import type { Env } from '../../base/env.js';
import type { PrefixKey } from '../../settings/prefix-key.js';
import { type Child, startChild } from './child/child.js';
import { PANEL_MODES, withMouse } from './child/child-modes.js';
import { findCommand } from './child/find-command.js';
import type { ChildEnd } from './child/pty.js';
import { guardPanel } from './guarded-panel.js';
import { hasChildKeyboard, InputRouter } from './input/input-router.js';
import { createInputTargets } from './input/input-targets.js';
import { arrangePanes, type WantedShares } from './layout.js';
import { createClaim } from './outside/terminal-claim.js';
import { isDumb, terminalKind } from './outside/terminal-kind.js';
import type { Panel } from './panel.js';
import { PREFIX_KEYS } from './prefix-keys.js';
import { createStage } from './stage.js';

export interface SplitPaneOptions {
  command: string;
  args: readonly string[];
  env: Env;
  cwd: string;
  panel: Panel;
  prefix: PrefixKey;
  /** The panes take the mouse. Otherwise only a child that asks for it gets it. */
  mouse: boolean;
  /** How the panes share the terminal at first. */
  shares: WantedShares;
  /** The user has moved the border: the panel's new share. */
  onShared(share: WantedShares): void;
  /** The real terminal. */
  stdin: ReadStream;
  stdout: WriteStream;
  /** The child has written this many bytes. */
  onOutput?(bytes: number): void;
  /** The terminal reported its background, as in `rgb:ffff/ffff/ffff`. */
  onBackground(colour: string): void;
  /** The panel threw an error and is gone; the child has the whole terminal. */
  onPanelFailed(error: unknown): void;
  /** A signal came after the child had ended: the remaining work should end soon. */
  onLateSignal(signal: NodeJS.Signals): void;
  /** The terminal takes nothing any more at the end: nothing may be written to it. */
  onTerminalStuck(): void;
}

export interface SplitPane {
  /** Process id of the child; null when it could not be started. */
  pid: number | null;
  /** The child has ended. The terminal is as it was, with the child's main screen printed on it. */
  ended: Promise<ChildEnd>;
  /** Gives the terminal back for a while, such as before our own process is stopped. */
  release(): void;
  /** Takes the terminal again and draws everything. */
  reclaim(): void;
}

/** The terminal outside cannot be drawn on. */
class DumbTerminalError extends Error {
  override name = 'DumbTerminalError';
}

/** Signals that would end us are relayed to the child. Keys send none, as the terminal is in raw mode. */
const RELAYED_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];

/**
 * Runs a command in a terminal of its own, drawn on the real one with a panel beside it. Connects four parts: the claim
 * on the real terminal, the child, the stage that draws both panes, and the router that decides who gets a key.
 * @throws DumbTerminalError, or NoPtyError where there are no pseudo-terminals; the real terminal is untouched then
 */
export async function startSplitPane(options: SplitPaneOptions): Promise<SplitPane> {
  const { command, args, env, cwd, prefix, stdin, stdout, onBackground } = options;
  if (isDumb(env)) throw new DumbTerminalError(`a terminal of type ${env.TERM || 'unknown'} cannot be drawn on`);
  const found = findCommand(command, env, cwd);
  if ('startError' in found) {
    options.panel.close();
    return { pid: null, ended: Promise.resolve({ ...found, signal: null }), release() {}, reclaim() {} };
  }

  const kind = terminalKind(env);
  const claim = createClaim({
    stdin,
    stdout,
    kind,
    onBackground,
    onInput: (bytes) => router.push(bytes),
    onResize: () => stage.resized(),
    onReady: () => stage.request(),
    onGone: () => child.kill('SIGHUP'),
    wantedModes() {
      const modes = hasChildKeyboard(router.keyboard) ? child.screen.modes() : PANEL_MODES;
      return options.mouse ? withMouse(modes) : modes;
    },
    onReclaimed: () => stage.resized(),
    stopSignal: 'SIGSTOP',
    stopChild: () => child.kill('SIGSTOP'),
    continueChild: () => child.kill('SIGCONT'),
  });
  const { terminal, facts } = claim;
  const child: Child = await startChild({
    file: found.file,
    args,
    env,
    cwd,
    size: arrangePanes(terminal.size(), 'both', options.shares).childSize,
    facts,
    kind,
    onPassedOn: terminal.offer,
    onWholeFrame: () => stage.wholeFrame(),
    onOutput(bytes) {
      options.onOutput?.(bytes);
      claim.followModes();
      stage.request();
    },
  }).catch((error: unknown) => {
    claim.abandon();
    throw error;
  });
  const panel = guardPanel(options.panel, (error) => {
    options.onPanelFailed(error);
    // Later, as it may have failed in the middle of a frame.
    setImmediate(() => {
      router.give('child');
      stage.removePanel();
    });
  });
  const stage = createStage({
    terminal,
    kind,
    can: facts.known,
    child,
    panel,
    armedKeys: [...PREFIX_KEYS, ['others:', 'panel'], [prefix.name, 'send']].map((hint) => hint.join(' ')).join('  '),
    keyboard: () => router.keyboard,
    shares: options.shares,
  });
  const router: InputRouter = new InputRouter(
    prefix,
    createInputTargets({
      panel,
      child,
      stage,
      resize,
      onShared: options.onShared,
      reply: facts.learn,
      keyboard: () => router.keyboard,
      give: (keyboard) => router.give(keyboard),
      keyboardMoved() {
        claim.followModes();
        stage.arrange();
      },
    }),
  );

  function resize(steps: number): void {
    const share = stage.moveBorder({ steps });
    if (share !== null) options.onShared(share);
  }

  // The listeners stay until the process ends.
  let onSignal = (signal: NodeJS.Signals): void => child.kill(signal);
  for (const signal of RELAYED_SIGNALS) process.on(signal, () => onSignal(signal));

  panel.attach({
    leave: () => router.give('child'),
    zoom: () => stage.toggle('panel'),
    resize,
    copy: (text) => terminal.write(`\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`),
    lend: claim.lend,
  });
  panel.onFocus('none');
  const stopFrames = panel.onFrame(stage.request);
  await claim.start();

  async function finish(end: ChildEnd): Promise<ChildEnd> {
    onSignal = options.onLateSignal;
    const { screen } = child;
    await new Promise<void>((resolve) => screen.write(Buffer.alloc(0), resolve));
    stopFrames();
    stage.stop();
    panel.close();
    await claim.end();
    for (const line of screen.transcript()) terminal.print(line);
    if (terminal.isStuck()) options.onTerminalStuck();
    terminal.close();
    screen.dispose();
    return end;
  }
  return { pid: child.pid, ended: child.ended.then(finish), release: claim.release, reclaim: claim.reclaim };
}
