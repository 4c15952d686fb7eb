import { type ChildModes, PLAIN_MODES } from './child-modes.js';
import type { Guard } from './outside/guard.js';
import type { Mirror } from './outside/mirrored-modes.js';
import type { OuterTerminal } from './outside/outer-terminal.js';

export interface ClaimParts {
  outer: OuterTerminal;
  mirror: Mirror;
  guard: Guard;
  /** What `outer.leave` writes. */
  leaving: string;
  /** What the terminal shall be like now. */
  wantedModes(): ChildModes;
  /** The terminal is ours again, and empty. */
  onReclaimed(): void;
  /** The child stops with us, and goes on with us. */
  stopChild(): void;
  continueChild(): void;
}

/** Our hold on the real terminal: it is taken, given back, and given back whatever ends or stops us. */
export interface Claim {
  /** Brings the terminal into the modes that are wanted now. */
  followModes(): void;
  reclaim(): void;
  release(): void;
  /** Gives it to somebody else while that runs. */
  lend(use: () => Promise<void>): Promise<void>;
  /** For good, once nobody has borrowed it any more. */
  end(): Promise<void>;
}

export function createClaim(parts: ClaimParts): Claim {
  const { outer, mirror, guard, leaving } = parts;
  let lent: Promise<void> | null = null;

  function followModes(): void {
    if (!outer.isEntered()) return;
    const change = mirror.follow(parts.wantedModes());
    if (change === '') return;
    guard.expect(mirror.undoing() + leaving);
    outer.write(change);
  }

  function release(): void {
    outer.write(mirror.follow(PLAIN_MODES));
    outer.leave();
    guard.expect('');
  }

  function reclaim(): void {
    guard.expect(leaving);
    outer.enter();
    followModes();
    parts.onReclaimed();
  }

  /** We were stopped and go on; the shell may have used the terminal in between. */
  function resume(): void {
    parts.continueChild();
    if (lent) return;
    release();
    reclaim();
  }

  /** Nobody types Ctrl-Z here, since keys are raw: somebody stops us from outside. */
  function suspend(): void {
    release();
    parts.stopChild();
    process.kill(process.pid, 'SIGSTOP');
  }

  // Whatever ends us: before the message of an uncaught error, and before anything else that ends the process.
  process.on('uncaughtExceptionMonitor', release);
  process.on('exit', release);
  process.on('SIGCONT', resume);
  process.on('SIGTSTP', suspend);

  return {
    followModes,
    reclaim,
    release,
    lend(use) {
      release();
      lent = use().finally(() => {
        lent = null;
        reclaim();
      });
      return lent;
    },
    async end() {
      // What goes wrong while the terminal is lent is reported to whoever borrowed it.
      await lent?.catch(() => {});
      release();
      guard.dismiss();
      process.off('uncaughtExceptionMonitor', release);
      process.off('exit', release);
      process.off('SIGCONT', resume);
      process.off('SIGTSTP', suspend);
    },
  };
}
