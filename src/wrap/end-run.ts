import { budgetsOf } from '../settings/budgets.js';
import { notify } from '../text/output/stderr.js';
import { budgetNotices } from './budget-notices.js';
import type { ChildEnd } from './child-end.js';
import type { LastRequests } from './last-requests.js';
import type { Launch } from './launch.js';
import { mcpNotice } from './mcp-notice.js';
import { findObstacles, networkSettings } from './obstacles.js';
import type { Services } from './services.js';
import type { SessionReport } from './session-report.js';
import type { StartedRun } from './start-run.js';

export interface EndOptions {
  launch: Launch;
  run: StartedRun;
  services: Services;
  report: SessionReport;
  lastRequests: LastRequests;
  /** How the command ended. */
  end: ChildEnd;
  quiet: boolean;
  /** Ends the wait for requests that are not stored yet. */
  hurry: AbortSignal;
}

/** Stores the rest of a run whose command has ended, removes its files, and prints the closing lines. */
export async function endRun(options: EndOptions): Promise<void> {
  await stopRun(options);
  await printReport(options);
  await options.launch.apiReplay?.close();
}

async function stopRun({ run, services, report, lastRequests, hurry }: EndOptions): Promise<void> {
  const [{ lost }] = await Promise.all([run.session.stop(hurry), services.stopApi()]);
  await services.stopTelemetry(hurry);
  lastRequests.end();
  services.closeChannel();
  run.removeFiles();
  if (lost > 0) report.problem('lost', `${lost} captured requests and responses could not be stored.`);
}

async function printReport({ launch, run, report, end, quiet }: EndOptions): Promise<void> {
  const { paths, config, settings, apiReplay } = launch;
  const mcp = quiet ? [] : await mcpNotice(paths.database, run.session.runId, run.mcpServers);
  report.print(end.startError === null, {
    obstacles: findObstacles({ settings, env: process.env, plan: run.plan }),
    network: networkSettings(settings),
    budgets: quiet ? [] : await budgetNotices(budgetsOf(config), paths.database, report.sessionId),
    mcp,
  });
  if (apiReplay !== null && !quiet) for (const sentence of [...apiReplay.summary(), ...mcp]) notify(`${sentence}.`);
}
