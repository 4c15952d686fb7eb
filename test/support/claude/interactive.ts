import type { Sandbox } from '../product.js';
import type { ScriptedApi } from '../scripted-api.js';
import { installClaude } from './install.js';
import { makeProject } from './project.js';
import { FAKE_KEY, QUIET } from './run.js';
import { settleIn } from './settled.js';
import type { ClaudeVersion } from './versions.js';

export interface InteractiveClaude {
  command: string[];
  env: Record<string, string>;
  /** A project with every source. */
  cwd: string;
}

/** The interactive CLI behind a scripted API, as somebody has it who has used it before: it asks nothing on its start. */
export async function interactiveClaude(
  version: ClaudeVersion,
  sandbox: Sandbox,
  api: ScriptedApi,
): Promise<InteractiveClaude> {
  const project = await makeProject(sandbox.root);
  await settleIn(project.home, project.cwd);
  const program = await installClaude(version);
  return {
    command: [...(program.endsWith('.js') ? [process.execPath] : []), program, '--model', 'claude-sonnet-4-5'],
    cwd: project.cwd,
    env: {
      ...(await sandbox.behind(api)),
      HOME: project.home,
      ANTHROPIC_API_KEY: FAKE_KEY,
      ...QUIET,
    },
  };
}
