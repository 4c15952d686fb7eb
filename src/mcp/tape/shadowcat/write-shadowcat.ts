import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { asBuffer } from '../../../base/as-buffer.js';
import { isNestedDeeper } from '../../../base/json-limits.js';
import type { TapeFrame, TapeHead } from '../../../model/tape.js';
import { readMessages } from '../../messages/index.js';
import { escapeLine } from '../escape-line.js';
import { MAX_NESTING } from '../limits.js';
import type { Tape } from '../read-tape.js';
import { ShadowcatChecksum } from './checksum.js';

/**
 * A tape as a document of Shadowcat, version 0. Times are whole milliseconds, flags and HTTP exchanges are left out, and what is
 * not JSON becomes a text. @throws TapeError
 */
export async function* shadowcat0(tape: Tape): AsyncGenerator<string> {
  const { head } = tape;
  const totals = await countFrames(tape);
  const sessionId = sessionOf(head);
  const metadata = {
    id: uuidOf(head.id),
    session_id: sessionId,
    name: head.server.name,
    transport_type: head.server.transport,
    created_at: startOf(head),
    duration_ms: totals.durationMs,
    frame_count: totals.frames,
    total_bytes: totals.bytes,
    tags: head.tags,
  };
  yield `{"metadata":${escapeLine(JSON.stringify(metadata))},"frames":[`;
  yield* framesOf(tape, (frame, id, timestamp, direction) =>
    fields({ id, session_id: sessionId, timestamp, direction }, frame),
  );
  yield '\n]}\n';
}

/** Writes version 1. */
export async function* shadowcat1(tape: Tape): AsyncGenerator<string> {
  const { head } = tape;
  const totals = await countFrames(tape);
  const started = startOf(head);
  const { server, client, protocol } = head;
  const session = {
    id: sessionOf(head),
    name: server.name,
    description: `recorded by ${head.by}${client === null ? '' : ` from ${client.name}`}`,
    tags: head.tags,
    transport_type: server.transport,
    client_info: { command: server.command ?? '', args: [], working_dir: '' },
    server_info: {
      endpoint: server.url ?? `stdio://${server.command ?? server.name}`,
      version: server.info?.version ?? 'unknown',
    },
  };
  const checksum = new ShadowcatChecksum();
  for await (const frame of framesOf(tape, frame1)) {
    // Compact and without escapes, as the reader of the document will write it.
    checksum.frame(JSON.stringify(JSON.parse(frame.replace(/^,?\n/, ''))));
  }
  const parts = {
    format: { version: '1.0', schema_version: 1, created_by: head.by, created_at: head.created_at },
    integrity: {
      checksum: checksum.end(session.id, started, totals.frames),
      compression: 'none',
      original_size: totals.bytes,
      compressed_size: null,
    },
    environment: {
      platform: { os: 'unknown', arch: 'unknown', version: 'unknown' },
      runtime: { shadowcat_version: 'unknown', rust_version: 'unknown', mcp_version: protocol ?? 'unknown' },
      configuration: { buffer_size: 0, timeout_ms: 0, max_message_size: 0 },
    },
    session,
    timeline: {
      started_at: started,
      ended_at: started + totals.durationMs,
      duration_ms: totals.durationMs,
      frame_count: totals.frames,
      total_bytes: totals.bytes,
    },
    statistics: totals.statistics(),
    index: totals.index(started),
  };
  yield `${escapeLine(JSON.stringify(parts)).slice(0, -1)},"frames":[`;
  yield* framesOf(tape, frame1);
  yield '\n]}\n';
}

function frame1(frame: TapeFrame, id: string, timestamp: number, direction: string, sequence: number): string {
  const metadata = { size: frame.bytes.length, processing_time_us: 0 };
  return `${fields({ id, sequence, timestamp, direction }, frame).slice(0, -1)},"metadata":${JSON.stringify(metadata)}}`;
}

function fields(first: object, { bytes }: TapeFrame): string {
  return `${JSON.stringify(first).slice(0, -1)},"message":${messageJson(bytes)}}`;
}

/** Each on a line of its own, with the comma that it needs. */
async function* framesOf(
  { head, frames }: Tape,
  write: (frame: TapeFrame, id: string, timestamp: number, direction: string, sequence: number) => string,
): AsyncGenerator<string> {
  const started = startOf(head);
  let sequence = 0;
  for await (const frame of frames) {
    const direction = frame.dir === 'c' ? 'ClientToServer' : 'ServerToClient';
    const json = write(frame, uuidOf(`${head.id} ${frame.seq}`), started + Math.round(frame.at), direction, sequence);
    yield `${sequence === 0 ? '' : ','}\n${escapeLine(json)}`;
    sequence += 1;
  }
}

/** JSON on one line, and as it was sent if it was on one line. Bytes that are not JSON, or nested too deep, become a text. */
function messageJson(bytes: Uint8Array): string {
  const buffer = asBuffer(bytes);
  const text = buffer.toString();
  if (isNestedDeeper(text, MAX_NESTING)) return JSON.stringify(text);
  try {
    const value: unknown = JSON.parse(text);
    return isUtf8(buffer) && typeof value !== 'string' && !/\p{Cc}/u.test(text) ? text : JSON.stringify(value);
  } catch {
    return JSON.stringify(text);
  }
}

const KINDS = ['request', 'response', 'notification'] as const;

async function countFrames({ frames }: Tape) {
  const byType = { request: [] as number[], response: [] as number[], notification: [] as number[] };
  const bytesOf = { request: 0, response: 0, notification: 0 };
  let [count, bytes, errors, at, second, inSecond, peak] = [0, 0, 0, 0, 0, 0, 0];
  for await (const frame of frames) {
    const size = frame.bytes.length;
    const [first] = readMessages({ bytes: frame.bytes, size, truncated: frame.truncated === true });
    const kind = first?.kind === 'error' ? 'response' : first?.kind;
    if (first?.kind === 'error') errors += 1;
    for (const each of KINDS) {
      if (each !== kind) continue;
      byType[each].push(count);
      bytesOf[each] += size;
    }
    const now = Math.floor(frame.at / 1_000);
    inSecond = now === second ? inSecond + size : size;
    second = now;
    peak = Math.max(peak, inSecond);
    at = frame.at;
    bytes += size;
    count += 1;
  }
  const average = (kind: 'request' | 'response') => Math.round(bytesOf[kind] / Math.max(1, byType[kind].length));
  const durationMs = Math.round(at);
  return {
    frames: count,
    bytes,
    durationMs,
    statistics: () => ({
      requests: byType.request.length,
      responses: byType.response.length,
      notifications: byType.notification.length,
      errors,
      avg_request_size: average('request'),
      avg_response_size: average('response'),
      peak_throughput: peak,
    }),
    index: (started: number) => ({
      frames_by_type: byType,
      timeline_markers:
        count === 0
          ? []
          : [
              { timestamp: started, frame: 0, type: 'session_start' },
              { timestamp: started + durationMs, frame: count - 1, type: 'session_end' },
            ],
    }),
  };
}

function startOf({ created_at }: TapeHead): number {
  return Date.parse(created_at);
}

function sessionOf({ session, id }: TapeHead): string {
  return session ?? uuidOf(`session of ${id}`);
}

/** UUID (version 8, RFC 9562) of a text: equal for equal texts. */
function uuidOf(text: string): string {
  const hash = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(hash[16] ?? '0', 16) & 3) | 8).toString(16);
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
