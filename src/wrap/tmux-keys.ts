import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A server that does not answer must not keep anybody waiting. */
const PATIENCE_MS = 1_000;

/** Commands that lead from a pane to the panel and back, the best first. With two panes the next one is the other one. */
const SWITCHES = [/^select-pane -t :\.\+$/, /^last-pane\b/, /^select-pane -R$/];

/**
 * The keys that lead to the other pane, as this tmux has them and as people write them: `Ctrl-b o`. Nothing is bound for that: the
 * keys of a server are the person's own.
 * @returns null when there are none, or tmux does not say
 */
export async function otherPaneKeys(): Promise<string | null> {
  try {
    const [prefix, bindings] = await Promise.all([
      tmux('show-options', '-Av', 'prefix'),
      tmux('list-keys', '-T', 'prefix'),
    ]);
    const key = switchingKey(bindings);
    return prefix.trim() === '' || prefix.trim() === 'None' || key === null ? null : `${named(prefix.trim())} ${key}`;
  } catch {
    return null;
  }
}

/** @param bindings a line each: `bind-key -r -T prefix o select-pane -t :.+` */
export function switchingKey(bindings: string): string | null {
  const bound = bindings.split('\n').flatMap((line) => {
    const [, key, command] = /^bind-key(?:\s+-[a-zA-Z]+)*\s+-T\s+prefix\s+(\S+)\s+(.+)$/.exec(line.trim()) ?? [];
    return key === undefined || command === undefined
      ? []
      : [{ key: named(key), command: command.replace(/\s+/g, ' ') }];
  });
  for (const pattern of SWITCHES) {
    const found = bound.find(({ command }) => pattern.test(command));
    if (found !== undefined) return found.key;
  }
  return null;
}

/** `C-b` is Ctrl-b, `\;` is `;`, `Right` an arrow. */
function named(key: string): string {
  const plain = key.replace(/^\\/, '');
  if (plain === 'Right') return '→';
  return plain.replace(/^C-/, 'Ctrl-').replace(/^M-/, 'Alt-');
}

async function tmux(...args: string[]): Promise<string> {
  const { stdout } = await run('tmux', args, { timeout: PATIENCE_MS });
  return stdout;
}
