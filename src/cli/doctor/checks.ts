import type { Env } from '../../base/env.js';
import { describeError } from '../../base/error-text.js';
import { readClaudeSettings } from '../../settings/claude/index.js';
import type { Config } from '../../settings/config.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import { checkApi } from './api.js';
import { checkAttribution } from './attribution.js';
import { checkClaude } from './claude.js';
import { checkDatabase } from './database.js';
import type { Finding } from './finding.js';
import { checkProxy } from './proxy.js';
import { checkAuthorities, checkSettings, checkUpstreamProxy } from './settings.js';

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
