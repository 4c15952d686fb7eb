import { dirname, resolve } from 'node:path';
import { codeOf } from '../../base/error-text.js';
import { UsageError, UserError } from '../../base/errors.js';
import { isRecord } from '../../base/json.js';
import type { AuditFilter, AuditRecord, AuditType } from '../../gateway/index.js';
import { notify } from '../../text/output/stderr.js';
import { isOutputClosed } from '../../text/output/stdout.js';
import { type AuditRow, describeAudit } from '../../text/reports/gateway-audit.js';
import { counted } from '../../text/units.js';
import { parsePeriod } from '../options/time-argument.js';
import { outputWidth, printJson, printJsonLines, printLines } from '../output.js';

export interface AuditOptions {
  json: boolean;
  follow: boolean;
  limit: number;
  since?: string | undefined;
  until?: string | undefined;
  type?: string | undefined;
  subject?: string | undefined;
  route?: string | undefined;
  outcome?: string | undefined;
}

/** The newest events that match; with `follow`, those that are added, until a signal or until the reader of stdout leaves. @param file the configuration */
export async function showAudit(file: string, options: AuditOptions): Promise<void> {
  const { AUDIT_TYPES, auditPart, followAudit, loadGatewayPart, readAudit } = await import('../../gateway/index.js');
  const { audit } = await loadGatewayPart(file, process.env, auditPart);
  if (audit === undefined) throw new UserError(`${file} has no audit log: it needs audit: { file: … }.`);
  const log = resolve(dirname(file), audit.file);
  const filter: AuditFilter = {
    ...parsePeriod(options, Date.now()),
    types: options.type?.split(',').map((name): AuditType => {
      const type = AUDIT_TYPES.find((each) => each === name.trim());
      if (type === undefined) throw new UsageError(`--type: give some of ${AUDIT_TYPES.join(', ')}.`);
      return type;
    }),
    subject: options.subject,
    route: options.route,
    outcome: options.outcome,
  };
  try {
    if (options.follow) await follow(followAudit(log, filter, untilSignal()), options.json);
    else await list(log, readAudit(log, filter), options);
  } catch (error) {
    throw codeOf(error) === 'ENOENT' ? new UserError(`${log} does not exist yet.`) : error;
  }
}

async function list(
  log: string,
  lines: AsyncIterable<AuditRecord | null>,
  { json, limit }: Pick<AuditOptions, 'json' | 'limit'>,
): Promise<void> {
  let events: AuditRecord[] = [];
  let matches = 0;
  let unreadable = 0;
  for await (const record of lines) {
    if (record === null) unreadable++;
    else {
      matches++;
      events.push(record);
      if (events.length > 2 * limit) events = events.slice(events.length - limit);
    }
  }
  events = events.slice(Math.max(0, events.length - limit));
  if (json) return printJson({ file: log, matches, unreadable, events });
  if (unreadable > 0) notify(`${counted(unreadable, 'line')} cannot be read.`);
  const more = matches > events.length ? [`The newest ${events.length} of ${matches}; --limit shows more.`] : [];
  await printLines([...describeAudit(events.map(rowOf), outputWidth(), new Date()), ...more]);
}

async function follow(lines: AsyncIterable<AuditRecord | null>, json: boolean): Promise<void> {
  let isFirst = true;
  for await (const record of lines) {
    if (record === null) continue;
    if (json) await printJsonLines([record]);
    else {
      const table = describeAudit([rowOf(record)], outputWidth(), new Date());
      await printLines(isFirst ? table : table.slice(1));
    }
    if (isOutputClosed()) return;
    isFirst = false;
  }
}

function untilSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}

/** The fields of a line that have no column. */
function rowOf({ at, type, outcome, route, subject, request: _request, ...rest }: AuditRecord): AuditRow {
  const detail = Object.entries(rest).map(([name, value]) => `${name} ${textOf(value)}`);
  return { at: new Date(at), type, outcome, route: route ?? null, subject: subject ?? null, detail: detail.join(', ') };
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(' ') : isRecord(value) ? JSON.stringify(value) : String(value);
}
