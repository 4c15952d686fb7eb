import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export interface Script {
  process: ChildProcess;
  /** The next line of its output. @throws when it ends without one, with its stderr */
  line(): Promise<string>;
  /** @returns its exit code */
  ended(): Promise<number | null>;
}

/** Runs a TypeScript file of this folder in its own process, which ends with the test at the latest. */
export function runScript(name: string, args: string[], options: { node?: string[] } = {}): Script {
  const file = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, [...(options.node ?? []), '--import', 'tsx', file, ...args]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const exit = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    async line() {
      const next = await lines.next();
      if (next.done) throw new Error(`${name} ended without a line: ${errors}`);
      return next.value;
    },
    async ended() {
      const [code] = await exit;
      return typeof code === 'number' ? code : null;
    },
  };
}
