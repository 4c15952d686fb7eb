import { X509Certificate } from 'node:crypto';
import { connect } from 'node:net';
import type { Env } from '../../base/env.js';
import { describeError } from '../../base/error-text.js';
import { readRegularFile } from '../../base/regular-file.js';
import type { KnownMcpServer } from '../../mcp/discover/index.js';
import { certificateBlocks, isClaudeTrace, systemBundle, upstreamProxiesFromEnv } from '../../proxy/index.js';
import { type LaunchPlan, planLaunch } from '../../runtime/launch-plan.js';
import { type ClaudeSettings, describeOrigin } from '../../settings/claude/index.js';
import type { Config } from '../../settings/config.js';
import { counted } from '../../text/units.js';
import { findObstacles, whyNotThroughProxy } from '../../wrap/obstacles.js';
import { type Finding, note, ok, problem } from './finding.js';

const CONNECT_TIMEOUT_MS = 3_000;

/** The upstream proxy of a session, from the environment and Claude Code's settings. */
export async function checkUpstreamProxy(env: Env, settings: ClaudeSettings): Promise<Finding[]> {
  const what = 'upstream proxy';
  try {
    const { https: proxy } = upstreamProxiesFromEnv({ ...env, ...settings.values });
    if (!proxy) return [ok(what, 'none: API hosts are called directly')];
    const auth = proxy.credentials ? ' with credentials' : '';
    const message = `chains to ${proxy.protocol}://${proxy.host}:${proxy.port}${auth}${placeOf(PROXIES, settings)}`;
    const failure = await tryToConnect(proxy.host, proxy.port);
    const nested = 'is a claude-trace: a session inside it records the requests, and the outer one does not';
    return [
      failure === null ? ok(what, message) : problem(what, `${message} does not answer: ${failure}`),
      ...(isClaudeTrace(proxy) ? [note(what, nested)] : []),
    ];
  } catch (error) {
    return [problem(what, `${describeError(error)}${placeOf(PROXIES, settings)}`)];
  }
}

/** @returns why it failed; null when something listens there */
function tryToConnect(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS }, () => {
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

/** Authorities of a company: NODE_EXTRA_CA_CERTS in the environment and in the settings, and the system's store. */
export function checkAuthorities(env: Env, settings: ClaudeSettings): Finding[] {
  const setting = settings.env.get('NODE_EXTRA_CA_CERTS');
  const count = systemBundle(env).length;
  return [
    ...(env.NODE_EXTRA_CA_CERTS ? [checkCertificates(env.NODE_EXTRA_CA_CERTS, '')] : []),
    ...(setting?.value ? [checkCertificates(setting.value, ` in ${describeOrigin(setting)}`)] : []),
    ...(count > 0 ? [ok('system CA', `${count} certificates are trusted upstream`)] : []),
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
    const defects = `${broken > 0 ? `, ${broken} cannot be read` : ''}${expired > 0 ? `, ${expired} expired` : ''}`;
    if (good === 0) return problem(what, `${name} has no valid PEM certificate${defects}`);
    const form = content.includes('-----BEGIN') ? '' : '; it is in DER, which Claude Code itself does not read';
    return (defects === '' ? ok : note)(what, `${counted(good, 'certificate')} from ${name}${defects}${form}`);
  } catch (error) {
    const home = file.startsWith('~') ? '; Claude Code does not know ~, write the full path' : '';
    return problem(what, `${name} cannot be read: ${describeError(error)}${home}`);
  }
}

function readCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}

/** Settings of Claude Code, and variables in the environment, that keep a session from being traced. */
export function checkSettings(
  env: Env,
  settings: ClaudeSettings,
  config: Config,
  servers: readonly KnownMcpServer[] | null,
): Finding[] {
  const what = 'settings';
  const findings = settings.problems.map((message) => problem(what, message));
  const helper = whyNotThroughProxy({ settings, env });
  if (helper !== null) findings.push(problem(what, helper));
  for (const { kind, message } of findObstacles({
    settings,
    env,
    plan: hostsOf(env, settings, config, servers),
  })) {
    findings.push((kind === 'certificate' || kind === 'mcp' ? note : problem)(what, message));
  }
  if (env.CLAUDE_CODE_CLIENT_CERT || settings.values.CLAUDE_CODE_CLIENT_CERT) {
    const place = placeOf(['CLAUDE_CODE_CLIENT_CERT'], settings);
    findings.push(
      problem(what, `CLAUDE_CODE_CLIENT_CERT is set${place}: API connections are forwarded without being read`),
    );
  }
  if (findings.length > 0) return findings;
  return [ok(what, "nothing in Claude Code's settings keeps it from being traced")];
}

function hostsOf(
  env: Env,
  settings: ClaudeSettings,
  config: Config,
  servers: readonly KnownMcpServer[] | null,
): Pick<LaunchPlan, 'interceptHosts' | 'mcpHosts'> {
  try {
    return planLaunch(config, { ...env, ...settings.values }, servers);
  } catch {
    // `checkUpstreamProxy` reports an unusable proxy.
    return { interceptHosts: config.intercept_hosts, mcpHosts: [] };
  }
}
