import type { TelemetryBesideOptions } from './threads/telemetry-supervisor.js';

/** Ends sending: sends the rest first, for two seconds at most, or until the signal aborts. */
export type StopTelemetry = (hurry: AbortSignal) => Promise<void>;

/** Sends spans and metrics of what is committed, where `otlp.endpoint` is set. Loads nothing elsewhere. */
export async function streamTelemetry(options: TelemetryBesideOptions): Promise<StopTelemetry> {
  if (options.config['otlp.endpoint'] === null) return async () => {};
  const { streamBeside } = await import('./threads/telemetry-supervisor.js');
  return streamBeside(options);
}
