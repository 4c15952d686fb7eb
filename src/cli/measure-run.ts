import type { RunId } from '../model/ids.js';
import type { ApiAccess } from '../runtime/measure/api-access.js';
import { measureStored } from '../runtime/measure/measure-stored.js';
import { openReaderOrEmpty, type Reader } from '../store/index.js';
import { notify } from '../text/output/stderr.js';
import { explainError } from '../text/store-error.js';
import type { Launch } from '../wrap/launch.js';
import { describeMeasurement, describeStop, notifyUnattributed } from './measure-texts.js';
import { createSteps } from './progress-steps.js';

interface MeasuredRun {
  launch: Pick<Launch, 'paths' | 'config'>;
  runId: RunId;
  /** Unix ms. */
  startedAt: number;
  access: ApiAccess;
  /** Whether only failures are printed. */
  quiet: boolean;
  signal: AbortSignal;
}

/**
 * Measures the sessions of a run that has ended, and reports the result on stderr. It never throws: the exit code is that of the
 * command.
 */
export async function measureRun({ launch, runId, startedAt, access, quiet, signal }: MeasuredRun): Promise<void> {
  const { prices } = launch.config;
  const { database } = launch.paths;
  const steps = createSteps();
  try {
    const reader = openReaderOrEmpty(database);
    try {
      for (const sessionId of sessionsOf(reader, runId, startedAt)) {
        if (signal.aborted) return;
        const measurement = await measureStored(
          { sessionId, request: null },
          {
            reader,
            database,
            access,
            env: process.env,
            prices,
            signal,
            onProgress: quiet ? () => {} : steps.show,
            onFailure: notifyUnattributed,
          },
        );
        steps.end();
        if (!quiet) for (const sentence of describeMeasurement(measurement)) notify(sentence);
        const { stopped } = measurement;
        if (stopped !== null && stopped !== 'interrupted') return notify(describeStop(stopped));
      }
    } finally {
      reader.close();
    }
  } catch (error) {
    notify(`The session could not be measured: ${explainError(error)}`);
  } finally {
    steps.end();
  }
}

const PAGE = 1_000;

function sessionsOf(reader: Reader, runId: RunId, since: number): Set<string> {
  const sessions = new Set<string>();
  for (let offset = 0; ; offset += PAGE) {
    const rows = reader.page({ runId, since }, { limit: PAGE, offset });
    for (const { sessionId } of rows) if (sessionId !== null) sessions.add(sessionId);
    if (rows.length < PAGE) return sessions;
  }
}
