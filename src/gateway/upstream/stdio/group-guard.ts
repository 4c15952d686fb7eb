import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Reads `+ <pid>` and `- <pid>`; when its input ends, it ends the process groups that are left. A shell: it takes 1 MB and starts in
 * 2 ms. It ignores the signals of a terminal, which would end it together with us.
 */
const SCRIPT = `
trap '' HUP INT QUIT TERM
groups=
while read -r sign group; do
  if [ "$sign" = + ]; then groups="$groups $group"; continue; fi
  rest=
  for each in $groups; do [ "$each" = "$group" ] || rest="$rest $each"; done
  groups=$rest
done
[ -n "$groups" ] || exit 0
for group in $groups; do kill -s TERM -- "-$group"; done 2>/dev/null
sleep 1
for group in $groups; do kill -s KILL -- "-$group"; done 2>/dev/null
`;

/** Before a guard that ended is replaced: one that cannot run must not be started again and again. */
const RESTART_MS = 1_000;

/**
 * Ends the process groups of children when this process dies, however it dies: otherwise, a child that ignores the end of its input would
 * live on.
 */
export class GroupGuard {
  readonly #groups = new Set<number>();
  readonly #onProblem: (message: string) => void;
  #process: ChildProcess | null = null;
  #restart: NodeJS.Timeout | null = null;
  #isClosed = false;

  /** @param onProblem called when the guard is gone: children may outlive a crash of this process */
  constructor(onProblem: (message: string) => void = () => {}) {
    this.#onProblem = onProblem;
  }

  /** Pid of the guard; null while none runs. */
  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  watch(group: number): void {
    this.#groups.add(group);
    if (this.#process !== null) this.#say(`+ ${group}`);
    else if (this.#restart === null) this.#start();
  }

  /** The group has ended, and its number may be reused. */
  forget(group: number): void {
    if (this.#groups.delete(group)) this.#say(`- ${group}`);
  }

  /** Ends all watched groups. */
  close(): void {
    this.#isClosed = true;
    if (this.#restart !== null) clearTimeout(this.#restart);
    this.#process?.stdin?.end();
  }

  #start(): void {
    if (this.#isClosed) return;
    const guard = spawn('/bin/sh', ['-c', SCRIPT], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      // Not the variables of a server, such as LD_PRELOAD.
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', TMPDIR: process.env.TMPDIR ?? '/tmp' },
      cwd: '/',
    });
    this.#process = guard;
    const onGone = (reason: string) => {
      if (this.#process !== guard) return;
      this.#process = null;
      if (this.#isClosed) return;
      this.#onProblem(reason);
      this.#restart = setTimeout(() => {
        this.#restart = null;
        if (this.#groups.size > 0) this.#start();
      }, RESTART_MS).unref();
    };
    guard.on('error', ({ message }) => onGone(message));
    guard.on('exit', (code, signal) => onGone(`the guard of child processes ended: ${signal ?? code}`));
    guard.stdin.on('error', () => {});
    guard.unref();
    Reflect.apply(Reflect.get(guard.stdin, 'unref'), guard.stdin, []);
    for (const group of this.#groups) this.#say(`+ ${group}`);
  }

  #say(line: string): void {
    this.#process?.stdin?.write(`${line}\n`);
  }
}
