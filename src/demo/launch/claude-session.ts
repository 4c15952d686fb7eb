import { DEMO_MCP_SERVER } from '../../settings/locations.js';
import { notify } from '../../text/output/stderr.js';
import { themeOf } from '../../tui/panel/theme.js';
import { FIRST_PROMPT } from '../claude/model.js';
import { makeClaudeProject } from '../claude/project.js';
import { startClaudeDemo } from '../demo.js';
import { runShown } from './ask.js';
import { anonymousEnvironment, demoEnvironment, keysToPanel } from './environment.js';
import { findInstalledClaude } from './installed-claude.js';

/** A model that the demo has prices for, whatever the user's own Claude Code would take. */
const MODEL = 'claude-sonnet-4-6';

/**
 * Traces the user's own Claude Code, in a home and a project of the demo, answered by a script, until the user ends it.
 * @returns the environment for questions about the session; null without a usable Claude Code (the reason is reported)
 */
export async function playWithClaude(folder: string): Promise<Record<string, string> | null> {
  const theme = themeOf(process.env) === 'light' ? 'light' : 'dark';
  const project = makeClaudeProject(folder, DEMO_MCP_SERVER, theme);
  const api = await startClaudeDemo(project.cwd, await keysToPanel());
  try {
    const env = { ...anonymousEnvironment(process.env), ...demoEnvironment(api, folder), ...project.env };
    const claude = await findInstalledClaude(env, project.cwd);
    if ('problem' in claude) {
      if (claude.problem !== null) notify(`${claude.problem}: a script plays Claude Code.`);
      return null;
    }
    const exitCode = await runShown(
      ['wrap', '--mcp', '--', claude.file, '--model', MODEL, ...project.args, '--', FIRST_PROMPT],
      {
        shown: 'wrap --mcp -- claude   (yours, in a home of its own, answered by a script)',
        env,
        extendEnv: false,
        cwd: project.cwd,
      },
    );
    const hasAsked = api.received.some(({ path }) => path.startsWith('/v1/messages?') || path === '/v1/messages');
    if (hasAsked) return env;
    notify(`${claude.file} ended with ${exitCode} without a request: a script plays Claude Code.`);
    return null;
  } finally {
    await api.close();
  }
}
