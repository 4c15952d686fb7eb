import { now } from '../../base/clock.js';
import { describeError } from '../../base/error-text.js';
import type { AuditConfig } from '../config/schema.js';
import type { GatewayFact, Report } from '../facts.js';
import { type AuditRecord, auditRecordOf } from './audit-record.js';
import { RotatingFile } from './rotating-file.js';

/** Characters of lines that wait for the disk. More are lost, and counted. */
const MAX_QUEUED = 8 * 1024 * 1024;
const MAX_BATCH = 256 * 1024;

export interface AuditLog {
  /** Never throws, never waits. */
  listener: Report;
  /** Writes what waits. */
  close(): Promise<void>;
}

/**
 * One line of JSON for each event.
 * @param report gets a problem when lines cannot be written, once until they can be
 */
export function openAudit(config: AuditConfig, report: Report): AuditLog {
  const file = new RotatingFile(config);
  let queue: string[] = [];
  let queued = 0;
  let lost = 0;
  let isBroken = false;
  let writing: Promise<void> | null = null;

  const write = async (lines: readonly string[]): Promise<boolean> => {
    try {
      await file.append(lines.join(''));
      isBroken = false;
    } catch (error) {
      // Its own line would only wait for the same disk.
      if (!isBroken) report({ type: 'problem', at: now(), part: 'audit', message: describeError(error) });
      isBroken = true;
    }
    return !isBroken;
  };
  const drain = async () => {
    while (queue.length > 0) {
      const lines = takeBatch(Math.min(MAX_BATCH, file.room));
      const before = lost;
      const isWritten = await write(before > 0 ? [lineOf(lossOf(before)), ...lines] : lines);
      lost += isWritten ? -before : lines.length;
    }
    writing = null;
  };
  const takeBatch = (limit: number): string[] => {
    let size = 0;
    let count = 0;
    do size += queue[count++]?.length ?? 0;
    while (count < queue.length && size + (queue[count]?.length ?? 0) <= limit);
    const lines = queue.slice(0, count);
    queue = queue.slice(count);
    queued -= size;
    return lines;
  };

  return {
    listener(fact: GatewayFact) {
      if (fact.type === 'problem' && fact.part === 'audit') return;
      const record = auditRecordOf(fact);
      if (record === null) return;
      const line = lineOf(record);
      if (queued + line.length > MAX_QUEUED) {
        lost++;
        return;
      }
      queue.push(line);
      queued += line.length;
      writing ??= new Promise<void>((begin) => {
        setImmediate(begin);
      }).then(drain);
    },
    async close() {
      await writing;
      if (lost > 0) await write([lineOf(lossOf(lost))]);
      await file.close().catch(() => {});
    },
  };
}

function lineOf(record: AuditRecord): string {
  return `${JSON.stringify(record)}\n`;
}

function lossOf(events: number): AuditRecord {
  return { at: new Date(now()).toISOString(), type: 'lost', outcome: 'lost', events };
}
