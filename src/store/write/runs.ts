import { basename } from 'node:path';
import type { RunId } from '../../model/ids.js';
import { isAlive } from '../live-runs.js';
import type { Database } from '../sqlite.js';
import type { Aggregates } from './aggregates.js';
import { createChangeLog } from './changes.js';
import { createMcpInterruption } from './save-mcp.js';

/** One start of claude-trace. */
export interface Run {
  id: RunId;
  pid: number;
  /** Unix ms. */
  startedAt: number;
  /** The traced program. Only its name is stored, since arguments can contain prompts and secrets. */
  command: string;
  cwd: string;
  /** Version of claude-trace. */
  version: string;
}

/** A problem that was reported to the user or that `doctor` will show. */
export interface Incident {
  runId: RunId;
  /** Unix ms. */
  at: number;
  code: string;
  message: string;
  /** Summed over the same code and message in one run. Default: 1. */
  count?: number;
}

/** An existing run keeps its row: a restarted recorder begins the same run again. */
export function beginRun(db: Database, run: Run): void {
  db.prepare(`
    INSERT INTO runs (id, pid, started_at, command, cwd, version)
    VALUES (@id, @pid, @startedAt, @command, @cwd, @version) ON CONFLICT (id) DO NOTHING`).run({
    ...run,
    command: basename(run.command),
  });
}

export function endRun(db: Database, id: RunId, at: number): void {
  db.prepare('UPDATE runs SET ended_at = ? WHERE id = ?').run(at, id);
}

export function saveIncident(db: Database, incident: Incident): void {
  db.prepare(`
    INSERT INTO incidents (run, at, code, message, count)
    VALUES ((SELECT n FROM runs WHERE id = @runId), @at, @code, @message, @count)
    ON CONFLICT (run, code, message) DO UPDATE SET count = count + excluded.count, at = max(at, excluded.at)`).run({
    count: 1,
    ...incident,
  });
}

/**
 * Marks the requests and MCP calls left open by runs that have ended or whose process is gone, and ends their connections to MCP
 * servers.
 *
 * @returns how many requests were marked
 */
export function markInterrupted(db: Database, aggregates: Aggregates): number {
  const open = db.prepare<[], { n: number; pid: number; started_at: number; ended_at: number | null }>(`
    SELECT n, pid, started_at, ended_at FROM runs WHERE n IN (
      SELECT run FROM captured_requests WHERE state = 'open'
      UNION SELECT run FROM mcp_servers WHERE ended_at IS NULL
      UNION SELECT s.run FROM mcp_calls c JOIN mcp_servers s ON s.n = c.connection WHERE c.state = 'open'
    )`);
  const openOf = db.prepare<[number], { n: number; id: string }>(
    "SELECT n, id FROM captured_requests WHERE state = 'open' AND run = ?",
  );
  const mark = db.prepare<[number]>("UPDATE captured_requests SET state = 'interrupted' WHERE n = ?");
  const note = createChangeLog(db);
  const interruptMcp = createMcpInterruption(db);
  const over = open.all().filter((run) => run.ended_at !== null || !isAlive(run));
  for (const run of over) interruptMcp(run.n);
  const marked = over.flatMap((run) => openOf.all(run.n));
  for (const { n, id } of marked) {
    aggregates.recount(n, () => mark.run(n));
    note('request.ended', id);
  }
  return marked.length;
}
