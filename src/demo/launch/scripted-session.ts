import { join } from 'node:path';
import { UserError } from '../../base/errors.js';
import { DEMO_CLIENT } from '../../settings/locations.js';
import { startDemo, WATCHED_EVENT_DELAY_MS } from '../demo.js';
import { INTERRUPTED, runShown } from './ask.js';
import { demoEnvironment, keysToPanel } from './environment.js';

/**
 * Traces a session in which a script plays Claude Code.
 * @param isWatched a person is at the terminal: the panel is shown, answers come slowly, and the session waits at its end
 * @returns the environment for questions about it; null when it was interrupted
 */
export async function playScript(folder: string, isWatched: boolean): Promise<Record<string, string> | null> {
  const api = await startDemo(isWatched ? WATCHED_EVENT_DELAY_MS : undefined);
  try {
    // Settings of the user's own Claude Code could bypass the scripted API.
    const env = { ...demoEnvironment(api, folder), CLAUDE_CONFIG_DIR: join(folder, 'claude') };
    const wrap = isWatched ? ['wrap'] : ['wrap', '--live'];
    const client = [process.execPath, DEMO_CLIENT, ...(isWatched ? [`--panel-keys=${await keysToPanel()}`] : [])];
    const shown = `${wrap.join(' ')} -- claude   (played by a script)`;
    const exitCode = await runShown([...wrap, '--', ...client], { shown, env });
    if (isWatched && exitCode === INTERRUPTED) return null;
    if (exitCode !== 0) throw new UserError(`The demo failed: claude-trace wrap ended with ${exitCode}.`);
    return env;
  } finally {
    await api.close();
  }
}
