import { join } from 'node:path';
import { UserError } from '../../base/errors.js';
import { DEMO_CLIENT } from '../../settings/locations.js';
import { startDemo, WATCHED_EVENT_DELAY_MS } from '../demo.js';
import { runShown } from './ask.js';
import { demoEnvironment } from './environment.js';
import { keysToPanel } from './keys-to-panel.js';

/** Exit code after Ctrl-C: whoever presses it has seen enough. */
const INTERRUPTED = 130;

/**
 * Traces the session that a script plays: beside the panel and at the pace of a person where one looks on, else at once.
 * @returns the environment to ask for it in; null when it was interrupted
 */
export async function playScript(folder: string, watched: boolean): Promise<Record<string, string> | null> {
  const api = await startDemo(watched ? WATCHED_EVENT_DELAY_MS : undefined);
  try {
    // The person's own settings lead elsewhere, perhaps.
    const env = { ...demoEnvironment(api, folder), CLAUDE_CONFIG_DIR: join(folder, 'claude') };
    const wrap = watched ? ['wrap'] : ['wrap', '--live'];
    const keys = watched ? await keysToPanel() : null;
    const shownHow = [...(watched ? ['--watched'] : []), ...(keys === null ? [] : [`--pane-keys=${keys}`])];
    const client = [process.execPath, DEMO_CLIENT, ...shownHow];
    const shown = `${wrap.join(' ')} -- claude   (played by a script)`;
    const exitCode = await runShown([...wrap, '--', ...client], { shown, env });
    if (watched && exitCode === INTERRUPTED) return null;
    if (exitCode !== 0) throw new UserError(`The demo failed: claude-trace wrap ended with ${exitCode}.`);
    return env;
  } finally {
    await api.close();
  }
}
