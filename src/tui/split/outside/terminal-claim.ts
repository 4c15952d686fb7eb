import type { ReadStream, WriteStream } from 'node:tty';
import { type ChildModes, PLAIN_MODES } from '../child/child-modes.js';
import { startGuard } from './guard.js';
import { createMirror } from './mirrored-modes.js';
import { createOuterTerminal, leaving, type OuterListener, type OuterTerminal } from './outer-terminal.js';
import { collectFacts, type TerminalFacts } from './terminal-facts.js';
import type { TerminalKind } from './terminal-kind.js';

export interface ClaimOptions extends OuterListener {
  stdin: ReadStream;
  stdout: WriteStream;
  kind: TerminalKind;
  /** The terminal reported its background, as in `rgb:ffff/ffff/ffff`. */
  onBackground(colour: string): void;
  /** The modes that the terminal should be in now. */
  wantedModes(): ChildModes;
  /** The terminal is ours again, and empty. */
  onReclaimed(): void;
  /** Stops us. Shells report SIGTSTP as exit code 148; the kernel drops it for a process group that is orphaned. */
  stopSignal: 'SIGTSTP' | 'SIGSTOP';
  /** The child stops and continues together with us. */
  stopChild(): void;
  continueChild(): void;
}

/** A listener of a signal is called sooner after the process continues. */
const RESUME_MS = 1_000;

/** Our claim on the real terminal. It is given back whatever ends or stops us. */
export interface Claim {
  terminal: OuterTerminal;
  facts: TerminalFacts;
  /** Takes the terminal for the first time. */
  start(): Promise<void>;
  /** Brings the terminal into the modes that are wanted now. */
  followModes(): void;
  reclaim(): void;
  release(): void;
  /** Gives the terminal to another program until `use` is done. */
  lend(use: () => Promise<void>): Promise<void>;
  /** Gives the terminal back for good, as soon as it is not lent and has answered. */
  end(): Promise<void>;
  /** In place of `start`: the terminal was not touched. */
  abandon(): void;
}

export function createClaim(options: ClaimOptions): Claim {
  const { kind } = options;
  // First, as it has to see the settings of the terminal before they change.
  const guard = startGuard();
  const facts = collectFacts({ onBackground: options.onBackground, onKeyboard: followModes });
  const mirror = createMirror(() => facts.known.kittyKeyboard, kind.isXtermLike);
  const terminal = createOuterTerminal(options.stdin, options.stdout, kind, options);
  const restoring = leaving(kind);
  let lent: Promise<void> | null = null;
  let isSuspended = false;

  function followModes(): void {
    if (!terminal.isEntered()) return;
    const change = mirror.follow(options.wantedModes());
    if (change === '') return;
    guard.expect(mirror.undoing() + restoring);
    terminal.write(change);
  }

  function release(): void {
    terminal.write(mirror.follow(PLAIN_MODES));
    terminal.leave();
    guard.expect('');
  }

  function reclaim(): void {
    guard.expect(restoring);
    terminal.enter();
    followModes();
    options.onReclaimed();
  }

  /** After SIGCONT: the shell may have used the terminal in the meantime. */
  function resume(): void {
    isSuspended = false;
    options.continueChild();
    process.off('SIGTSTP', suspend);
    process.on('SIGTSTP', suspend);
    if (lent) return;
    release();
    reclaim();
  }

  /** On SIGTSTP. The terminal sends none for Ctrl-Z, as keys are raw. */
  function suspend(): void {
    isSuspended = true;
    release();
    options.stopChild();
    process.off('SIGTSTP', suspend);
    process.kill(process.pid, options.stopSignal);
    // Nothing else may keep the process alive until the listener of SIGCONT is called.
    setTimeout(() => {
      if (isSuspended) resume();
    }, RESUME_MS);
  }

  return {
    terminal,
    facts,
    followModes,
    reclaim,
    release,
    async start() {
      // Before the message of an uncaught error, and before everything else that ends the process.
      process.on('uncaughtExceptionMonitor', release);
      process.on('exit', release);
      process.on('SIGCONT', resume);
      process.on('SIGTSTP', suspend);
      await guard.ready;
      if (kind.isXtermLike) facts.asked();
      reclaim();
    },
    lend(use) {
      release();
      lent = use().finally(() => {
        lent = null;
        reclaim();
      });
      return lent;
    },
    async end() {
      // The caller of `lend` gets its errors.
      await lent?.catch(() => {});
      await facts.settled();
      release();
      guard.dismiss();
      process.off('uncaughtExceptionMonitor', release);
      process.off('exit', release);
      process.off('SIGCONT', resume);
      process.off('SIGTSTP', suspend);
    },
    abandon() {
      guard.dismiss();
      terminal.close();
    },
  };
}
