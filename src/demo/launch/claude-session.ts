import { DEMO_MCP_SERVER } from '../../settings/locations.js';
import { notify } from '../../text/output/stderr.js';
import { themeOf } from '../../tui/panel/theme.js';
import { FIRST_PROMPT } from '../claude/model.js';
import { makeClaudeProject } from '../claude/project.js';
import { startClaudeDemo } from '../demo.js';
import { runShown } from './ask.js';
import { demoEnvironment, withoutPersonalThings } from './environment.js';
import { findInstalledClaude } from './installed-claude.js';
import { keysToPanel } from './keys-to-panel.js';

/** One that the demo's prices know, whatever the person's own Claude Code would take. */
const MODEL = 'claude-sonnet-4-6';

/**
 * Traces the person's own Claude Code, in a home and a project of the demo, answered by a script until they end it.
 * @returns the environment to ask for the session in; null when there is no Claude Code, or it does not run (which is said)
 */
export async function playWithClaude(folder: string): Promise<Record<string, string> | null> {
  const theme = themeOf(process.env) === 'light' ? 'light' : 'dark';
  const project = makeClaudeProject(folder, DEMO_MCP_SERVER, theme);
  const api = await startClaudeDemo(project.cwd, (await keysToPanel()) ?? undefined);
  try {
    const env = {
      ...withoutPersonalThings(process.env),
      ...demoEnvironment(api, folder),
      ...project.env,
    };
    const claude = await findInstalledClaude(env, project.cwd);
    if ('problem' in claude) {
      if (claude.problem !== null) notify(`${claude.problem}: a script plays Claude Code.`);
      return null;
    }
    const exitCode = await runShown(
      ['wrap', '--', claude.file, '--model', MODEL, ...project.args, '--', FIRST_PROMPT],
      {
        shown: 'wrap -- claude   (yours, in a home of its own, answered by a script)',
        env,
        extendEnv: false,
        cwd: project.cwd,
      },
    );
    const hasAsked = api.received.some(({ path }) => path.startsWith('/v1/messages?') || path === '/v1/messages');
    if (hasAsked) return env;
    notify(`${claude.file} ended with ${exitCode} and asked nothing: a script plays Claude Code.`);
    return null;
  } finally {
    await api.close();
  }
}
