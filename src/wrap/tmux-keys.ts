import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A server that does not answer must not keep the command waiting. */
const TIMEOUT_MS = 2_000;

/** Commands that lead from a pane to the panel and back, the best first. With two panes the next one is the other one. */
const SWITCHES = [/^select-pane -t :\.\+$/, /^last-pane\b/, /^select-pane -R$/];

/** @throws Error when tmux fails or does not answer */
export async function tmux(...args: string[]): Promise<string> {
  const { stdout } = await execute('tmux', args, { timeout: TIMEOUT_MS });
  return stdout.trim();
}

/**
 * The keys that lead to the other pane, as this tmux has them and as people write them: `Ctrl-b o`. We bind no keys: those of
 * a server belong to the user.
 * @returns null without such keys, or if tmux does not answer
 */
export async function otherPaneKeys(): Promise<string | null> {
  try {
    const [prefix, bindings] = await Promise.all([
      tmux('show-options', '-Av', 'prefix'),
      tmux('list-keys', '-T', 'prefix'),
    ]);
    const key = switchingKey(bindings);
    return prefix === '' || prefix === 'None' || key === null ? null : `${named(prefix)} ${key}`;
  } catch {
    return null;
  }
}

/** @param bindings a line each: `bind-key -r -T prefix o select-pane -t :.+` */
export function switchingKey(bindings: string): string | null {
  const bound = bindings.split('\n').flatMap((line) => {
    const [, key, command] = /^bind-key(?:\s+-[a-zA-Z]+)*\s+-T\s+prefix\s+(\S+)\s+(.+)$/.exec(line.trim()) ?? [];
    return key === undefined || command === undefined ? [] : [{ key, command: command.replace(/\s+/g, ' ') }];
  });
  for (const pattern of SWITCHES) {
    const found = bound.find(({ command }) => pattern.test(command));
    if (found !== undefined) return named(found.key);
  }
  return null;
}

/** `C-b` is Ctrl-b, `\;` is `;`, `Right` an arrow. */
function named(key: string): string {
  const plain = key.replace(/^\\/, '');
  if (plain === 'Right') return '→';
  return plain.replace(/^C-/, 'Ctrl-').replace(/^M-/, 'Alt-');
}
