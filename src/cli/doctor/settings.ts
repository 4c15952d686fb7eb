import { X509Certificate } from 'node:crypto';
import { connect } from 'node:net';
import type { Env } from '../../base/env.js';
import { describeError } from '../../base/error-text.js';
import { readRegularFile } from '../../base/regular-file.js';
import { certificateBlocks, isClaudeTrace, systemBundle, upstreamProxiesFromEnv } from '../../proxy/index.js';
import { planLaunch } from '../../runtime/launch-plan.js';
import { type ClaudeSettings, describeOrigin } from '../../settings/claude/index.js';
import type { Config } from '../../settings/config.js';
import { findObstacles, whyNotThroughProxy } from '../../wrap/obstacles.js';
import type { Finding } from './finding.js';

const KNOCK_TIMEOUT_MS = 3_000;

/** The way out of a session, as the environment and Claude Code's settings together make it. */
export async function checkUpstreamProxy(env: Env, settings: ClaudeSettings): Promise<Finding[]> {
  const what = 'upstream proxy';
  try {
    const { https: proxy } = upstreamProxiesFromEnv({ ...env, ...settings.values });
    if (!proxy) return [{ level: 'ok', what, message: 'none: API hosts are called directly' }];
    const auth = proxy.credentials ? ' with credentials' : '';
    const message = `chains to ${proxy.protocol}://${proxy.host}:${proxy.port}${auth}${placeOf(PROXIES, settings)}`;
    const nested = 'is a claude-trace: a session inside it records the requests, and it passes them unread';
    const failure = await knock(proxy.host, proxy.port);
    return [
      failure === null
        ? { level: 'ok', what, message }
        : { level: 'problem', what, message: `${message} does not answer: ${failure}` },
      ...(isClaudeTrace(proxy) ? [{ level: 'note', what, message: nested } as const] : []),
    ];
  } catch (error) {
    return [{ level: 'problem', what, message: `${describeError(error)}${placeOf(PROXIES, settings)}` }];
  }
}

/** Null: somebody listens. */
function knock(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: KNOCK_TIMEOUT_MS }, () => {
      resolve(null);
      socket.destroy();
    });
    socket.once('timeout', () => socket.destroy(new Error('no answer in time')));
    socket.once('error', (error) => resolve(describeError(error)));
  });
}

const PROXIES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'];

/** ` (set in FILE)` if one of the variables is set in the settings. */
function placeOf(names: readonly string[], settings: ClaudeSettings): string {
  const setting = names.map((name) => settings.env.get(name)).find((each) => each !== undefined && each.value !== '');
  return setting ? ` (set in ${describeOrigin(setting)})` : '';
}

/** Authorities of the company: what NODE_EXTRA_CA_CERTS names, in the environment and in the settings, and the system's store. */
export function checkAuthorities(env: Env, settings: ClaudeSettings): Finding[] {
  const setting = settings.env.get('NODE_EXTRA_CA_CERTS');
  const count = systemBundle(env).length;
  return [
    ...(env.NODE_EXTRA_CA_CERTS ? [checkCertificates(env.NODE_EXTRA_CA_CERTS, '')] : []),
    ...(setting?.value ? [checkCertificates(setting.value, ` in ${describeOrigin(setting)}`)] : []),
    ...(count > 0
      ? [{ level: 'ok', what: 'system CA', message: `${count} certificates are trusted upstream` } as const]
      : []),
  ];
}

function checkCertificates(file: string, place: string): Finding {
  const what = 'extra CA';
  const name = `NODE_EXTRA_CA_CERTS=${file}${place}`;
  try {
    const content = readRegularFile(file);
    const certificates = certificateBlocks(content).map(readCertificate);
    const expired = certificates.filter((each) => each !== null && Date.parse(each.validTo) < Date.now()).length;
    const broken = certificates.filter((each) => each === null).length;
    const good = certificates.length - broken - expired;
    const rest = [...(broken > 0 ? [`${broken} cannot be read`] : []), ...(expired > 0 ? [`${expired} expired`] : [])];
    const but = rest.length > 0 ? `, ${rest.join(', ')}` : '';
    if (good === 0) return { level: 'problem', what, message: `${name} holds no valid PEM certificate${but}` };
    const form = content.includes('-----BEGIN') ? '' : '; it is in DER, which Claude Code itself does not read';
    return {
      level: rest.length > 0 ? 'note' : 'ok',
      what,
      message: `${good} certificate(s) from ${name}${but}${form}`,
    };
  } catch (error) {
    const home = file.startsWith('~') ? '; Claude Code does not know ~, write the whole path' : '';
    return { level: 'problem', what, message: `${name} cannot be read: ${describeError(error)}${home}` };
  }
}

function readCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}

/** What in Claude Code's settings, and in the environment, keeps a session from being traced. */
export function checkSettings(env: Env, settings: ClaudeSettings, config: Config): Finding[] {
  const what = 'settings';
  const findings: Finding[] = settings.problems.map((message) => ({ level: 'problem', what, message }));
  const helper = whyNotThroughProxy({ settings, env });
  if (helper !== null) findings.push({ level: 'problem', what, message: helper });
  for (const { kind, message } of findObstacles({
    settings,
    env,
    interceptHosts: interceptHosts(env, settings, config),
  })) {
    findings.push({ level: kind === 'certificate' ? 'note' : 'problem', what, message });
  }
  if (env.CLAUDE_CODE_CLIENT_CERT || settings.values.CLAUDE_CODE_CLIENT_CERT) {
    const message = `CLAUDE_CODE_CLIENT_CERT is set${placeOf(['CLAUDE_CODE_CLIENT_CERT'], settings)}: API connections pass unread`;
    findings.push({ level: 'problem', what, message });
  }
  if (findings.length > 0) return findings;
  return [{ level: 'ok', what, message: "nothing in Claude Code's settings keeps it from being traced" }];
}

function interceptHosts(env: Env, settings: ClaudeSettings, config: Config): readonly string[] {
  try {
    return planLaunch(config, { ...env, ...settings.values }).interceptHosts;
  } catch {
    // An unusable proxy, which has a finding of its own.
    return config.intercept_hosts;
  }
}
