import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from '../../base/env.js';
import type { ScriptedApi } from '../scripted/scripted-api.js';

/** What a program needs of the person's environment to run on their terminal; nothing that says who they are. */
const HARMLESS =
  /^(PATH|TERM|TERM_PROGRAM|TERM_PROGRAM_VERSION|COLORTERM|COLORFGBG|NO_COLOR|LANG|LC_\w+|TZ|SHELL|TMUX|TMUX_PANE)$/;

/** The environment without keys, tokens, proxies, homes and settings. */
export function withoutPersonalThings(env: Env): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined && HARMLESS.test(name)) kept[name] = value;
  return kept;
}

/**
 * Puts the scripted API in front of a command, and everything that claude-trace keeps into a folder. The API plays a company's
 * TLS-inspecting proxy, so the session takes the way that it would take there.
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
