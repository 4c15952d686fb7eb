import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * After Ctrl-Z the shell's SIGCONT reaches us and the child one after the other: without this pause, a child that is being
 * continued would still look stopped.
 */
const SETTLE_MS = 30;

/**
 * Stops our process with the child. Claude Code suspends itself by stopping only its own process (SIGSTOP, seen in 2.0.30);
 * the shell waits for us, so it shows its prompt only when we stop as well. `fg` continues the whole job.
 * @param beforeStop called just before we stop
 * @returns ends the watch
 */
export function followSuspension(pid: number | undefined, beforeStop: () => void = () => {}): () => void {
  if (pid === undefined || process.platform === 'win32') return () => {};
  const onChildChange = () => {
    setTimeout(() => {
      if (!isStopped(pid)) return;
      beforeStop();
      process.kill(process.pid, 'SIGSTOP');
    }, SETTLE_MS).unref();
  };
  process.on('SIGCHLD', onChildChange);
  return () => process.off('SIGCHLD', onChildChange);
}

function isStopped(pid: number): boolean {
  try {
    return stateOf(pid).startsWith('T');
  } catch {
    // The process has ended.
    return false;
  }
}

/** The process state as one letter, from /proc on Linux (proc(5): after the name in parentheses), else from ps. */
function stateOf(pid: number): string {
  if (process.platform !== 'linux')
    return execFileSync('ps', ['-o', 'state=', '-p', String(pid)])
      .toString()
      .trim();
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2);
}
