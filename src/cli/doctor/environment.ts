import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { describeError } from '../../format/describe-error.js';
import { upstreamProxiesFromEnv } from '../../proxy/index.js';
import { bypassingSettings, readClaudeSettingsEnv } from '../claude-settings.js';
import type { Env } from '../launch-plan.js';
import type { Finding } from './checks.js';

export function checkUpstreamProxy(env: Env): Finding[] {
  const what = 'upstream proxy';
  try {
    const { https: proxy } = upstreamProxiesFromEnv(env);
    if (!proxy) return [{ level: 'ok', what, message: 'none: API hosts are called directly' }];
    const auth = proxy.credentials ? ' with credentials' : '';
    return [{ level: 'ok', what, message: `chains to ${proxy.protocol}://${proxy.host}:${proxy.port}${auth}` }];
  } catch (error) {
    return [{ level: 'problem', what, message: describeError(error) }];
  }
}

export function checkInheritedCa(env: Env): Finding[] {
  const what = 'extra CA';
  const file = env.NODE_EXTRA_CA_CERTS;
  if (!file) return [];
  try {
    const count = readFileSync(file, 'utf8').split('-----BEGIN CERTIFICATE-----').length - 1;
    if (count > 0) return [{ level: 'ok', what, message: `${count} certificate(s) from NODE_EXTRA_CA_CERTS=${file}` }];
    return [{ level: 'problem', what, message: `NODE_EXTRA_CA_CERTS=${file} holds no PEM certificate` }];
  } catch (error) {
    return [{ level: 'problem', what, message: `NODE_EXTRA_CA_CERTS cannot be read: ${describeError(error)}` }];
  }
}

/** Claude Code itself, and settings of it that take it past the proxy. */
export async function checkClaude(env: Env, cwd: string): Promise<Finding[]> {
  const what = 'claude';
  const findings: Finding[] = [];
  const version = await execa('claude', ['--version'], { reject: false, stdin: 'ignore', timeout: 10_000 });
  if (version.exitCode === 0) findings.push({ level: 'ok', what, message: version.stdout.trim() });
  else
    findings.push({ level: 'note', what, message: 'not found on PATH, or it does not start; wrap takes any command' });

  const bypassing = bypassingSettings(readClaudeSettingsEnv(env, cwd));
  if (bypassing.length > 0) {
    const names = bypassing.join(', ');
    findings.push({
      level: 'problem',
      what,
      message: `settings.json sets ${names} in "env", which wins over the proxy of wrap`,
    });
  }
  return findings;
}
