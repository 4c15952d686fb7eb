import type { Env } from '../../base/env.js';

/**
 * Expands `${NAME}` and `${NAME:-default}` as Claude Code does: a default ends at the first brace, and a variable that is not set
 * stays as it is written (seen in 2.1.197 and 2.1.332; 2.0.30 leaves out a server with one).
 */
export function expandVariables(text: string, env: Env): string {
  return text.replace(/\$\{([^}]{1,4096})\}/g, (written, inside: string) => {
    const at = inside.indexOf(':-');
    const value = env[at === -1 ? inside : inside.slice(0, at)];
    return value ?? (at === -1 ? written : inside.slice(at + 2));
  });
}
