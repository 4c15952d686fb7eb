import { readFile, stat } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { isRecord, type JsonRecord, recordsOf, stringOf } from '../../../base/json.js';
import { type ByteRange, elementsAt, fieldAt, fieldsAt, skipBlanks } from '../../../base/json-bytes.js';
import { isNestedDeeper, isTooComplex } from '../../../base/json-limits.js';
import type { McpTransport } from '../../../model/mcp.js';
import type { TapeFrame, TapeHead } from '../../../model/tape.js';
import { MAX_NESTING } from '../limits.js';
import { isGzip, UnreadableTapeError } from '../lines.js';
import { problemOf } from '../parse-line.js';
import { TapeError } from '../tape-error.js';
import { newTapeId } from '../write-tape.js';
import { type Checksum, ShadowcatChecksum } from './checksum.js';
import { directionOf, MESSAGE_FIELDS, messageOf, timeOf } from './frame.js';

/** A tape of Shadowcat as one of ours. */
export interface ShadowcatTape {
  version: 0 | 1;
  head: TapeHead;
  /** @throws TapeError */
  frames: AsyncIterable<TapeFrame>;
  /** Checksum of the last iteration over all frames; null before, and for version 0, which has none. */
  readonly checksum: Checksum | null;
}

/** The document is in memory as a whole; its frames are parsed one by one. */
const MAX_BYTES = 1024 ** 3;

/**
 * Reads a tape of Shadowcat, compressed or not. Its formats are known from plans (github.com/kevinswiber/tapwire:
 * plans/archive/007-shadowcat-phase2-completion.md for version 0, plans/archive/tasks/007-tape-format.md for version 1), not from
 * its code. Fields that the plans spell in several ways are read in each of them.
 *
 * @throws TapeError when it is something else; UnreadableTapeError
 */
export async function readShadowcat(file: string): Promise<ShadowcatTape> {
  const document = new Document(file, await readDocument(file));
  const parts = document.parts();
  const frames = parts.get('frames');
  if (frames === undefined || document.json[frames.start] !== 0x5b) {
    throw document.error(0, 'it is neither a tape nor one of Shadowcat: it has no list "frames"');
  }
  const read = async (name: string) => document.record(parts.get(name));
  const { schema_version } = await read('format');
  if (schema_version !== undefined && schema_version !== 1) {
    const text = `it is a tape of Shadowcat of version ${JSON.stringify(schema_version)}; only 0 and 1 are known`;
    throw new TapeError('version', { file, ...document.place(0) }, text);
  }
  const version = schema_version === 1 ? 1 : 0;
  if (version === 0 && !parts.has('metadata'))
    throw document.error(0, 'it is neither a tape nor one of Shadowcat: it has no "metadata"');
  const session = await read(version === 1 ? 'session' : 'metadata');
  const [timeline, integrity, environment] = [
    await read('timeline'),
    await read('integrity'),
    await read('environment'),
  ];
  const first = await firstTime(document, frames);
  const startedAt = timeOf(timeline.started_at) ?? first ?? timeOf(session.created_at) ?? Date.now();
  let checksum: Checksum | null = null;
  return {
    version,
    head: headOf(session, recordOf(environment.runtime), startedAt),
    frames: {
      async *[Symbol.asyncIterator]() {
        const sum = new ShadowcatChecksum();
        let at = 0;
        let seq = 0;
        for (const range of elementsAt(document.json, frames.start)) {
          const value = await document.record(range);
          sum.frame(JSON.stringify(value));
          const time = timeOf(value.timestamp ?? value.timestamp_ms) ?? 0;
          at = Math.max(at, Math.round((time - (first ?? 0)) * 1_000) / 1_000);
          yield { seq: seq++, at, ...contentOf(document, range, value) };
        }
        if (version === 1) {
          const known = stringOf(integrity.checksum);
          const computed = sum.end(stringOf(session.id) ?? '', timeOf(timeline.started_at) ?? 0, seq);
          checksum = known === null || known === '' ? 'missing' : known === computed ? 'verified' : 'unverified';
        }
      },
    },
    get checksum() {
      return checksum;
    },
  };
}

async function readDocument(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw new Error('it is larger than 1 GB');
    const bytes = await readFile(file);
    return isGzip(bytes) ? gunzipSync(bytes, { maxOutputLength: MAX_BYTES }) : bytes;
  } catch (error) {
    throw new UnreadableTapeError(file, error);
  }
}

/** JSON in memory, with places in it. */
class Document {
  constructor(
    readonly file: string,
    readonly json: Buffer,
  ) {}

  /** The fields of the document. */
  parts(): Map<string, ByteRange> {
    return new Map(
      [...fieldsAt(this.json, skipBlanks(this.json, 0))].map(({ name, start, end }) => [name, { start, end }]),
    );
  }

  place(byte: number): { line: number; byte: number } {
    let line = 1;
    for (let pos = this.json.indexOf(0x0a); pos !== -1 && pos < byte; pos = this.json.indexOf(0x0a, pos + 1)) line += 1;
    return { line, byte };
  }

  error(byte: number, problem: string): TapeError {
    return new TapeError('format', { file: this.file, ...this.place(byte) }, problem);
  }

  /** An empty one for a part that is missing. @throws TapeError if it is not an object */
  async record(range: ByteRange | undefined): Promise<JsonRecord> {
    if (range === undefined) return {};
    const bytes = this.json.subarray(range.start, range.end);
    const text = bytes.toString();
    if (isNestedDeeper(text, MAX_NESTING)) throw this.error(range.start, 'it is nested too deep');
    try {
      const value: unknown = isTooComplex(text) ? null : JSON.parse(text);
      if (isRecord(value)) return value;
    } catch {
      // Below, with its place.
    }
    const line = { file: this.file, line: 1, byte: range.start, bytes, raw: bytes, isWhole: true };
    const { byte, problem } = await problemOf(line, 'format');
    throw this.error(byte, problem);
  }
}

async function firstTime(document: Document, frames: ByteRange): Promise<number | null> {
  for (const range of elementsAt(document.json, frames.start)) {
    const { timestamp, timestamp_ms } = await document.record(range);
    return timeOf(timestamp ?? timestamp_ms);
  }
  return null;
}

function contentOf(document: Document, range: ByteRange, value: JsonRecord): Pick<TapeFrame, 'dir' | 'bytes'> {
  const dir = directionOf(value.direction ?? recordOf(recordOf(value.envelope).context).direction);
  if (dir === null) {
    throw document.error(
      range.start,
      `"direction" of the frame is ${JSON.stringify(value.direction) ?? 'missing'}, and not known`,
    );
  }
  const json = document.json.subarray(range.start, range.end);
  for (const path of MESSAGE_FIELDS) {
    const found = fieldAt(json, ...path);
    if (found !== null) return { dir, bytes: messageOf(json.subarray(found.start, found.end)) };
  }
  throw document.error(range.start, 'the frame has no "message"');
}

function headOf(session: JsonRecord, runtime: JsonRecord, startedAt: number): TapeHead {
  const { id, session_id, name, transport_type, transport, tags, client_info, server_info } = session;
  const kind: McpTransport = transportOf(transport_type ?? transport);
  const command = stringOf(recordOf(client_info).command);
  const endpoint = stringOf(recordOf(server_info).endpoint);
  const shadowcat = stringOf(runtime.shadowcat_version);
  return {
    tape: 1,
    id: newTapeId(),
    created_at: new Date(startedAt).toISOString(),
    by: `shadowcat${shadowcat === null ? '' : ` ${shadowcat}`}`,
    session: stringOf(session_id) ?? stringOf(id),
    server: {
      name: stringOf(name) ?? command ?? endpoint ?? 'imported',
      transport: kind,
      command: kind === 'stdio' ? (command ?? endpoint) : null,
      url: kind === 'stdio' ? null : endpoint,
    },
    client: null,
    protocol: stringOf(session.protocol_version) ?? stringOf(runtime.mcp_version),
    era: null,
    tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [],
  };
}

function transportOf(given: unknown): McpTransport {
  const text = typeof given === 'string' ? given.toLowerCase() : '';
  if (text.includes('sse')) return 'sse';
  return text.includes('http') ? 'http' : 'stdio';
}

function recordOf(value: unknown): JsonRecord {
  return recordsOf([value])[0] ?? {};
}
