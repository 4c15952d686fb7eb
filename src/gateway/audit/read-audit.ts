import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from '../../base/error-text.js';
import { matchesGlob } from '../../base/glob.js';
import { parseRecord, stringOf } from '../../base/json.js';
import { AUDIT_TYPES, type AuditRecord, type AuditType } from './audit-record.js';
import { rotatedFiles } from './rotating-file.js';

/** Names may have `*` for any text. */
export interface AuditFilter {
  /** Unix ms. */
  since?: number | undefined;
  until?: number | undefined;
  types?: readonly AuditType[] | undefined;
  subject?: string | undefined;
  route?: string | undefined;
  outcome?: string | undefined;
}

const POLL_MS = 300;

/** Null for a line that does not belong to an audit log, such as one that a full disk cut. */
type Line = AuditRecord | null;

/** The lines of a log and of its earlier files that pass a filter, the oldest first. @throws the system's error */
export async function* readAudit(file: string, filter: AuditFilter): AsyncGenerator<Line> {
  const { since } = filter;
  // Stat first: a log without any file is a mistake, but one that has just been rotated is not.
  const rotated = await rotatedFiles(file);
  if (rotated.length === 0) await stat(file);
  for (const each of [...rotated, file]) {
    if (since !== undefined && each !== file && (await stat(each)).mtimeMs < since) continue;
    const lines = createInterface({ input: createReadStream(each), crlfDelay: Number.POSITIVE_INFINITY });
    try {
      for await (const line of lines) {
        const record = lineOf(line);
        if (record === null || passes(record, filter)) yield record;
      }
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
}

/** The lines that are added from now on, also to the next files, until the signal aborts. */
export async function* followAudit(file: string, filter: AuditFilter, signal: AbortSignal): AsyncGenerator<Line> {
  let handle = await open(file);
  let rest = '';
  let { size: at } = await handle.stat();
  try {
    while (!signal.aborted) {
      const buffer = Buffer.alloc(64 * 1024);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) {
        // In this order: once the name is that of another file, this one does not grow any more.
        const now = await stat(file).catch(() => null);
        const { ino, size } = await handle.stat();
        if (now !== null && now.ino !== ino) {
          if (size > at) continue;
          await handle.close();
          handle = await open(file);
          at = 0;
          rest = '';
        } else await delay(POLL_MS, undefined, { signal }).catch(() => {});
        continue;
      }
      at += bytesRead;
      const lines = (rest + buffer.toString('latin1', 0, bytesRead)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        // Whole lines: a character of several bytes may have come in two pieces.
        const record = lineOf(Buffer.from(line, 'latin1').toString());
        if (record === null || passes(record, filter)) yield record;
      }
    }
  } finally {
    await handle.close();
  }
}

function lineOf(line: string): Line {
  const record = parseRecord(line);
  const type = AUDIT_TYPES.find((each) => each === record?.type);
  const [at, outcome] = [stringOf(record?.at), stringOf(record?.outcome)];
  if (type === undefined || at === null || outcome === null || Number.isNaN(Date.parse(at))) return null;
  return { ...record, at, type, outcome };
}

function passes(record: AuditRecord, { since, until, types, subject, route, outcome }: AuditFilter): boolean {
  const at = Date.parse(record.at);
  const matches = (pattern: string | undefined, value: unknown) =>
    pattern === undefined || (typeof value === 'string' && matchesGlob(pattern, value));
  return (
    (since === undefined || at >= since) &&
    (until === undefined || at < until) &&
    (types === undefined || types.includes(record.type)) &&
    matches(outcome, record.outcome) &&
    matches(route, record.route) &&
    matches(subject, record.subject)
  );
}
