import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Sandbox } from '../product.js';

export interface Tmux {
  /** Ids, the first one's first. */
  panes(): string[];
  /** In columns. */
  width(pane: string): number;
  /** As the user drags its border. */
  resize(pane: string, width: number): void;
  /** The visible text of a pane. */
  screen(pane: string): string;
  /** Keys as tmux names them: `Enter`, `C-]`, or text. */
  type(pane: string, ...keys: string[]): void;
}

/** A tmux of its own with one pane, in which this shell code runs. */
export function tmuxOf({ root, env, cwd }: Sandbox, more: Record<string, string>, script: string): Tmux {
  const file = join(root, 'script.sh');
  writeFileSync(file, script);
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-S', join(root, 'tmux'), '-f', '/dev/null', ...args], {
      env: { ...env, ...more, LANG: 'C.UTF-8', TERM: 'xterm-256color' },
      cwd,
      encoding: 'utf8',
    });
  tmux('new-session', '-d', '-x', '160', '-y', '40', `sh ${file}`);
  onTestFinished(() => void tmux('kill-server'));
  return {
    panes: () => tmux('list-panes', '-F', '#{pane_id}').trim().split('\n'),
    width: (pane) => Number(tmux('display-message', '-p', '-t', pane, '#{pane_width}')),
    resize: (pane, width) => void tmux('resize-pane', '-t', pane, '-x', String(width)),
    screen: (pane) => tmux('capture-pane', '-p', '-t', pane),
    type: (pane, ...keys) => void tmux('send-keys', '-t', pane, ...keys),
  };
}
