import { execa } from 'execa';
import type { Env } from '../../base/env.js';
import { describeError } from '../../base/error-text.js';
import { discoverWithAgents } from '../../mcp/discover/index.js';
import { configuredRules } from '../../runtime/configured-rules.js';
import { readClaudeSettings } from '../../settings/claude/index.js';
import type { Config } from '../../settings/config.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import { checkApi } from './api.js';
import { checkAttribution, checkDatabase } from './database.js';
import { type Finding, note, ok, problem } from './finding.js';
import { checkMcpServers } from './mcp.js';
import { checkNovelties } from './novelties.js';
import { checkProxy } from './proxy.js';
import { checkAuthorities, checkSettings, checkUpstreamProxy } from './settings.js';
import { checkTelemetry } from './telemetry.js';

/** Runs every check, in the order in which a session needs them. Changes nothing. */
export async function runChecks(env: Env, cwd: string): Promise<Finding[]> {
  const paths = resolvePaths(env);
  const findings = [ok('node', `${process.version} on ${process.platform}`)];
  let config: Config;
  try {
    config = await loadConfig(paths.configFile);
    await configuredRules(config, paths.configFile);
    findings.push(ok('configuration', paths.configFile));
    if (!config.enabled || !config.capture_enabled) findings.push(note('configuration', 'tracing is switched off'));
  } catch (error) {
    return [...findings, problem('configuration', describeError(error))];
  }
  const settings = readClaudeSettings({ env, cwd });
  const mcp = config['mcp.enabled']
    ? await discoverWithAgents({ env, cwd, command: ['claude'], config, settings })
    : null;
  return [
    ...findings,
    ...checkDatabase(paths),
    ...checkAttribution(paths),
    ...checkNovelties(paths),
    ...(await checkUpstreamProxy(env, settings)),
    ...checkAuthorities(env, settings),
    ...checkSettings(env, settings, config, mcp?.servers ?? null),
    ...checkMcpServers(mcp, env, settings),
    await checkProxy(config),
    ...(await checkApi(paths)),
    ...(await checkTelemetry(config, paths)),
    await checkClaude(),
  ];
}

async function checkClaude(): Promise<Finding> {
  const version = await execa('claude', ['--version'], { reject: false, stdin: 'ignore', timeout: 10_000 });
  if (version.exitCode === 0) return ok('claude', version.stdout.trim());
  return note('claude', 'not found on PATH, or it does not start; wrap runs any command');
}
