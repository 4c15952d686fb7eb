import type { Config } from '../../settings/config.js';
import type { Paths } from '../../settings/paths.js';
import { openReaderOrEmpty, type TelemetryState } from '../../store/index.js';
import { formatTime } from '../../text/units.js';
import { type Finding, note, ok, problem } from './finding.js';

const WHAT = 'OpenTelemetry';
const TIMEOUT_MS = 3_000;

/** Whether the collector answers, and how far behind it is. Empty if none is configured. */
export async function checkTelemetry(
  config: Pick<Config, 'otlp.endpoint'>,
  { database }: Pick<Paths, 'database'>,
): Promise<Finding[]> {
  const endpoint = config['otlp.endpoint'];
  if (endpoint === null) return [];
  const { createCollector } = await import('../../export/telemetry/post.js');
  const answer = await createCollector(endpoint).probe(AbortSignal.timeout(TIMEOUT_MS));
  const behind = describeState(readState(database));
  if (answer.type !== 'taken') {
    return [problem(WHAT, `${endpoint} accepts no data: ${answer.reason}. ${behind ?? 'nothing waits for it'}`)];
  }
  return [behind === null ? ok(WHAT, `${endpoint} has everything`) : note(WHAT, `${endpoint} answers. ${behind}`)];
}

/** `checkDatabase` reports what is wrong with the database. */
function readState(database: string): TelemetryState | null {
  try {
    const reader = openReaderOrEmpty(database);
    try {
      return reader.telemetry();
    } finally {
      reader.close();
    }
  } catch {
    return null;
  }
}

function describeState(state: TelemetryState | null): string | null {
  if (state === null || state.unsentSince === null) return null;
  const { unsent, unsentSince, error } = state;
  const last = error === null ? '' : `; the last attempt failed: ${error}`;
  const since = formatTime(unsentSince, new Date());
  return `requests and MCP calls not sent yet: ${unsent}, since ${since}. The next run sends them${last}`;
}
