import { describeError } from '../../format/describe-error.js';
import { readClaudeSettings } from '../../settings/claude/index.js';
import type { Config } from '../config.js';
import { loadConfig } from '../config-file.js';
import type { Env } from '../launch-plan.js';
import { resolvePaths } from '../paths.js';
import { checkApi } from './api.js';
import { checkAttribution } from './attribution.js';
import { checkClaude } from './claude.js';
import { checkDatabase } from './database.js';
import { checkProxy } from './proxy.js';
import { checkAuthorities, checkSettings, checkUpstreamProxy } from './settings.js';

/** One thing looked at. `problem` means that tracing does not work as it should; `note` is good to know. */
export interface Finding {
  level: 'ok' | 'note' | 'problem';
  what: string;
  message: string;
}

/** Every check, in the order a session depends on them. Reads and never changes. */
export async function runChecks(env: Env, cwd: string): Promise<Finding[]> {
  const paths = resolvePaths(env);
  const findings: Finding[] = [{ level: 'ok', what: 'node', message: `${process.version} on ${process.platform}` }];
  let config: Config;
  try {
    config = await loadConfig(paths.configFile);
    findings.push({ level: 'ok', what: 'configuration', message: paths.configFile });
    if (!config.enabled || !config.capture_enabled) {
      findings.push({ level: 'note', what: 'configuration', message: 'tracing is switched off' });
    }
  } catch (error) {
    return [...findings, { level: 'problem', what: 'configuration', message: describeError(error) }];
  }
  const settings = readClaudeSettings({ env, cwd });
  return [
    ...findings,
    ...checkDatabase(paths),
    ...checkAttribution(paths),
    ...(await checkUpstreamProxy(env, settings)),
    ...checkAuthorities(env, settings),
    ...checkSettings(env, settings, config),
    ...(await checkProxy(config)),
    ...(await checkApi(paths)),
    ...(await checkClaude()),
  ];
}
