import { describeError } from '../base/error-text.js';
import { type StopTelemetry, streamTelemetry } from '../runtime/stream-telemetry.js';
import { serveBeside } from '../runtime/threads/api-supervisor.js';
import type { TraceSession } from '../runtime/trace-session.js';
import type { Launch } from './launch.js';
import type { SessionReport } from './session-report.js';

/** Services for other programs while the command runs. */
export interface Services {
  stopApi(): Promise<void>;
  stopTelemetry: StopTelemetry;
  /** Ends the channel of `rules status` and `rules resume`. */
  closeChannel(): void;
}

/** Starts the services that are configured. */
export async function startServices(launch: Launch, session: TraceSession, report: SessionReport): Promise<Services> {
  const { paths, config, named, apiReplay } = launch;
  const onProblem = report.problem;
  return {
    stopApi: config['api.enabled'] ? serveBeside({ paths, config, session, onProblem }) : async () => {},
    stopTelemetry: await streamTelemetry({
      paths,
      // A replay costs nothing, and its answers were sent when they were captured.
      config: apiReplay === null ? config : { ...config, 'otlp.endpoint': null },
      session,
      onProblem,
    }),
    closeChannel: named === null ? () => {} : await openChannel(named.file, launch, session, report),
  };
}

/** @param rules the file, as the user named it */
async function openChannel(
  rules: string,
  { paths }: Launch,
  session: TraceSession,
  report: SessionReport,
): Promise<() => void> {
  try {
    const { openToOthers } = await import('../runtime/live-runs.js');
    return await openToOthers(paths, session, rules);
  } catch (error) {
    report.problem('no_channel', `Paused messages can be resumed in the panel only: ${describeError(error)}.`);
    return () => {};
  }
}
