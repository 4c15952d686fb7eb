import { type GatewayConfig, recordedUrl } from '../../gateway/index.js';
import type { KnownMcpServer } from '../../mcp/discover/index.js';
import { configuredRules } from '../../runtime/configured-rules.js';
import { streamTelemetry } from '../../runtime/stream-telemetry.js';
import { EventTap } from '../../runtime/threads/event-tap.js';
import { startTrace } from '../../runtime/trace-session.js';
import { loadConfig } from '../../settings/config-file.js';
import { resolvePaths } from '../../settings/paths.js';
import type { EmitHttpEvent } from '../../wire/index.js';

export interface GatewayRecording {
  emit: EmitHttpEvent;
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
  const session = await startTrace({
    taps: [tap],
    config: settings,
    paths,
    command: ['gateway'],
    mcpServers: config.routes.map(({ name, upstreams }): KnownMcpServer => {
      const secrets = upstreams.flatMap((each) =>
        'url' in each ? Object.values(each.headers) : Object.values(each.env),
      );
      const fixed = { scope: 'record', transport: 'http', entry: null, decision: 'recorded' } as const;
      return { name, url: recordedUrl(config, name), secrets, ...fixed };
    }),
    rules: rules && { set: rules, isRuled: false },
    onCommitted() {},
    onProblem: report,
  });
  const stopTelemetry = await streamTelemetry({ paths, config: settings, session, onProblem: report });
  return {
    emit: tap.emit,
    async stop() {
      const patient = new AbortController().signal;
      const { lost } = await session.stop(patient);
      await stopTelemetry(patient);
      if (lost > 0) onProblem(`${lost} recorded requests could not be stored.`);
    },
  };
}
