import type { TelemetryBesideOptions } from './threads/telemetry-supervisor.js';

/** Sends the rest, for two seconds at most or until the signal aborts, and ends. */
export type StopTelemetry = (hurry: AbortSignal) => Promise<void>;

/** Sends spans and metrics of committed rows if `otlp.endpoint` is set; otherwise, nothing is loaded. */
export async function streamTelemetry(options: TelemetryBesideOptions): Promise<StopTelemetry> {
  if (options.config['otlp.endpoint'] === null) return async () => {};
  const { streamBeside } = await import('./threads/telemetry-supervisor.js');
  return streamBeside(options);
}
