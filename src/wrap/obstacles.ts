import type { Env } from '../base/env.js';
import { type LaunchPlan, withoutInterceptedHosts } from '../runtime/launch-plan.js';
import { type ClaudeSettings, describeOrigin } from '../settings/claude/index.js';

/** Something outside claude-trace that keeps requests of Claude Code from being traced. Contains no values of variables. */
export interface Obstacle {
  /**
   * `route`: requests bypass the proxy; `mcp`: only those to MCP servers; `certificate`: they may not trust our certificate; `mode`:
   * they go to another API.
   */
  kind: 'route' | 'mcp' | 'certificate' | 'mode';
  /** The setting and its place, its effect, and what to do. */
  message: string;
}

export interface ObstacleContext {
  settings: ClaudeSettings;
  /** Our own environment. */
  env: Env;
  plan: Pick<LaunchPlan, 'interceptHosts' | 'mcpHosts'>;
}

/** All obstacles that are known before a session begins. */
export function findObstacles(context: ObstacleContext): Obstacle[] {
  return [...routeObstacles(context), ...certificateObstacles(context), ...modeObstacles(context)];
}

/**
 * Why Claude Code would be refused by our proxy; null: it is not. With `proxyAuthHelper` it sends the helper's credentials,
 * not ours (tried with 2.1.332, where a second variable must switch the helper on).
 */
export function whyNotThroughProxy({ settings, env }: Pick<ObstacleContext, 'settings' | 'env'>): string | null {
  const { proxyAuthHelper, values } = settings;
  const switchedOn = isOn(values.CLAUDE_CODE_ENABLE_PROXY_AUTH_HELPER ?? env.CLAUDE_CODE_ENABLE_PROXY_AUTH_HELPER);
  if (proxyAuthHelper === null || !switchedOn) return null;
  return (
    `proxyAuthHelper in ${describeOrigin(proxyAuthHelper)} makes Claude Code's credentials for your company's proxy, and only ` +
    'that proxy accepts them: the command runs without being traced. To trace, put fixed credentials into HTTPS_PROXY and unset CLAUDE_CODE_ENABLE_PROXY_AUTH_HELPER.'
  );
}

/** Settings that concern the way to the API, whether they are an obstacle or not. */
export function networkSettings({ env }: ClaudeSettings): string[] {
  return [...env]
    .filter(([name]) => /_PROXY$|^NODE_EXTRA_CA_CERTS$|^ANTHROPIC_BASE_URL$/i.test(name))
    .map(([name, setting]) => `${describeOrigin(setting)} sets ${name}`);
}

/** `NAME in FILE` or `NAME in the environment`; null where the variable is unset or empty. */
function settingOf(name: string, { settings, env }: Pick<ObstacleContext, 'settings' | 'env'>): string | null {
  const setting = settings.env.get(name);
  if (setting) return setting.value === '' ? null : `${name} in ${describeOrigin(setting)}`;
  return env[name] ? `${name} in the environment` : null;
}

function routeObstacles({ settings, env, plan }: ObstacleContext): Obstacle[] {
  const obstacles: Obstacle[] = [];
  const add = (message: string) => obstacles.push({ kind: 'route', message });
  // Lower case wins in Claude Code, and `wrap` sets all spellings: only settings in lower case bypass it. An empty value
  // leaves the choice to the next variable (2.0.30 and 2.1.332).
  const order = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];
  const first = order.find((name) => settings.env.get(name)?.value !== '');
  const setting = first === undefined ? undefined : settings.env.get(first);
  if (first !== undefined && setting) {
    add(
      `${first} in ${describeOrigin(setting)} makes Claude Code bypass claude-trace. ` +
        'Write it there as HTTPS_PROXY, in upper case: claude-trace then comes first and chains to that proxy.',
    );
  }
  for (const name of ['no_proxy', 'NO_PROXY']) {
    const exceptions = settings.env.get(name);
    if (!exceptions) continue;
    const entries = exceptions.value.split(/[\s,]+/).filter((entry) => entry !== '');
    const excludes = (hosts: readonly string[]) =>
      withoutInterceptedHosts(exceptions.value, hosts) !== entries.join(',');
    const describe = (hosts: string) =>
      `${name} in ${describeOrigin(exceptions)} excludes ${hosts} from every proxy, so those requests bypass claude-trace. ` +
      'Remove those hosts there, or set the variable in your shell, where claude-trace removes them itself.';
    const apiHosts = plan.interceptHosts.filter((host) => !plan.mcpHosts.includes(host));
    if (excludes(apiHosts)) add(describe('API hosts'));
    const mcpHosts = plan.mcpHosts.filter((host) => excludes([host]));
    if (mcpHosts.length > 0) obstacles.push({ kind: 'mcp', message: describe(`MCP servers (${mcpHosts.join(', ')})`) });
  }
  const socket = settingOf('ANTHROPIC_UNIX_SOCKET', { settings, env });
  if (socket)
    add(`${socket} sends Claude Code's requests to a local socket, which bypasses claude-trace. Unset it to trace.`);
  return obstacles;
}

function certificateObstacles({ settings }: ObstacleContext): Obstacle[] {
  const names = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'CLAUDE_CODE_CERT_STORE', 'NODE_OPTIONS'];
  return names.flatMap((name): Obstacle[] => {
    const setting = settings.env.get(name);
    if (!setting) return [];
    const message =
      `${name} in ${describeOrigin(setting)} can keep Claude Code from trusting claude-trace's certificate. ` +
      'Set it in your shell instead: claude-trace then adds its own certificate.';
    return [{ kind: 'certificate', message }];
  });
}

/** Variables that make Claude Code call another API than Anthropic's own (2.1.332). */
const MODES: Readonly<Record<string, string>> = {
  CLAUDE_CODE_USE_BEDROCK: 'Amazon Bedrock',
  CLAUDE_CODE_USE_MANTLE: 'Amazon Bedrock (Mantle)',
  CLAUDE_CODE_USE_ANTHROPIC_AWS: 'Anthropic on AWS',
  CLAUDE_CODE_USE_VERTEX: 'Google Vertex AI',
  CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD: 'Anthropic on Google Cloud',
  CLAUDE_CODE_USE_FOUNDRY: 'Microsoft Foundry',
};

function modeObstacles({ settings, env }: ObstacleContext): Obstacle[] {
  return Object.entries(MODES).flatMap(([name, service]): Obstacle[] => {
    const setting = settingOf(name, { settings, env });
    if (setting === null || !isOn(settings.values[name] ?? env[name])) return [];
    const message =
      `${setting} makes Claude Code call ${service}. Those requests are forwarded without being read, and are not traced: claude-trace reads only ` +
      "Anthropic's own API, and gateways that ANTHROPIC_BASE_URL names.";
    return [{ kind: 'mode', message }];
  });
}

/** Claude Code accepts these values as true. */
function isOn(value: string | undefined): boolean {
  return /^(1|true|yes|on)$/i.test(value?.trim() ?? '');
}
