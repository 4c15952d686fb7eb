import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from '../../base/env.js';
import type { ScriptedApi } from '../../scripted/scripted-api.js';
import { isInTmux } from '../../wrap/panel-layout.js';
import { otherPaneKeys } from '../../wrap/tmux-keys.js';

/** The variables that a program needs to run on the user's terminal. None of them identifies the user. */
const HARMLESS =
  /^(PATH|TERM|TERM_PROGRAM|TERM_PROGRAM_VERSION|COLORTERM|COLORFGBG|NO_COLOR|LANG|LC_\w+|TZ|SHELL|TMUX|TMUX_PANE)$/;

/** The environment without keys, tokens, proxies, homes and settings. */
export function anonymousEnvironment(env: Env): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined && HARMLESS.test(name)) kept[name] = value;
  return kept;
}

/**
 * The environment in which a command reaches the scripted API, and claude-trace keeps everything in a folder. The API plays a
 * company's TLS-inspecting proxy: claude-trace chains to it.
 */
export function demoEnvironment({ proxyUrl, caPem }: ScriptedApi, folder: string): Record<string, string> {
  const caFile = join(folder, 'api-ca.pem');
  writeFileSync(caFile, caPem);
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary, { recursive: true });
  return {
    HTTPS_PROXY: proxyUrl,
    https_proxy: proxyUrl,
    NO_PROXY: '',
    no_proxy: '',
    NODE_EXTRA_CA_CERTS: caFile,
    TMPDIR: temporary,
    CLAUDE_TRACE_DATA_DIR: join(folder, 'data'),
    CLAUDE_TRACE_CONFIG: join(folder, 'config.json'),
  };
}

/** The keys that lead to the panel, and back. Inside tmux the panel is a pane of its own. */
export async function keysToPanel(): Promise<string> {
  return isInTmux(process.env) ? ((await otherPaneKeys()) ?? 'tmux') : 'Ctrl-]';
}
