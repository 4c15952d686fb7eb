import { basicAuthorization } from '../../base/credentials.js';
import { type GatewayConfig, recordedUrl } from '../../gateway/index.js';
import { type KnownMcpServer, secretsIn } from '../../mcp/discover/index.js';
import { configuredRules } from '../../runtime/configured-rules.js';
import { streamTelemetry } from '../../runtime/stream-telemetry.js';
import { EventTap } from '../../runtime/threads/event-tap.js';
import { startTrace } from '../../runtime/trace-session.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import type { EmitHttpEvent } from '../../wire/index.js';

export interface GatewayRecording {
  emit: EmitHttpEvent;
  /** Learns the routes and secrets of a further configuration. Resolves when traffic is recorded accordingly. */
  learn(config: GatewayConfig): Promise<void>;
  /** Stores the remaining events. */
  stop(): Promise<void>;
}

/**
 * Records the routes that say so, in the database of `wrap`.
 * @param onProblem gets a sentence for the operator
 * @returns null if the settings turn recording off
 */
export async function startRecording(
  config: GatewayConfig,
  onProblem: (message: string) => void,
): Promise<GatewayRecording | null> {
  const paths = resolvePaths(process.env);
  const settings = await loadConfig(paths.configFile);
  if (!settings.enabled || !settings.capture_enabled) return null;
  const rules = await configuredRules(settings, paths.configFile);
  const report = (_code: string, message: string) => onProblem(message);
  const tap = new EventTap();
  let servers = serversOf(config, []);
  const session = await startTrace({
    taps: [tap],
    config: settings,
    paths,
    command: ['gateway'],
    mcpServers: servers,
    rules: rules && { set: rules, isRuled: false },
    onCommitted() {},
    onProblem: report,
  });
  const stopTelemetry = await streamTelemetry({ paths, config: settings, session, onProblem: report });
  return {
    emit: tap.emit,
    learn(changed) {
      servers = serversOf(changed, servers);
      return session.useMcpServers(servers);
    },
    async stop() {
      const patient = new AbortController().signal;
      const { lost } = await session.stop(patient);
      await stopTelemetry(patient);
      if (lost > 0) onProblem(`${lost} recorded requests could not be stored.`);
    },
  };
}

/**
 * The routes as servers.
 * @param earlier those of earlier configurations: requests in progress still use them, and their secrets must never be stored
 */
function serversOf(config: GatewayConfig, earlier: readonly KnownMcpServer[]): KnownMcpServer[] {
  const byUrl = new Map(earlier.map((server) => [server.url, server]));
  for (const { name, upstreams } of config.routes) {
    const url = recordedUrl(config, name);
    const secrets = new Set([...(byUrl.get(url)?.secrets ?? []), ...upstreams.flatMap(secretsOf)]);
    const fixed = { scope: 'record', transport: 'http', entry: null, decision: 'recorded' } as const;
    byUrl.set(url, { name, url, secrets: [...secrets], ...fixed });
  }
  return [...byUrl.values()];
}

/** Secrets that upstream may repeat in its answers. */
function secretsOf(upstream: GatewayConfig['routes'][number]['upstreams'][number]): string[] {
  if ('command' in upstream) {
    const { command, env } = upstream;
    return secretsIn({ env: Object.entries(env), headers: [], args: command.slice(1), url: null });
  }
  const { url, headers, credentials } = upstream;
  const sent = Object.entries(headers);
  if (credentials !== undefined && 'bearer' in credentials) sent.push(['authorization', credentials.bearer]);
  if (credentials !== undefined && 'basic' in credentials) {
    const { user: username, password } = credentials.basic;
    sent.push(['authorization', basicAuthorization({ username, password })]);
  }
  return secretsIn({ env: [], headers: sent, args: [], url });
}
