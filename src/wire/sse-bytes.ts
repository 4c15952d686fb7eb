import { asBuffer } from '../base/as-buffer.js';
import { BYTE_ORDER_MARK } from '../base/byte-order-mark.js';

/** An event of a stream whose data are kept as bytes. */
export interface SseBytes {
  /** `message` where the stream has no name for it. */
  event: string;
  data: Buffer;
  /** Bytes of the whole data. */
  size: number;
  /** `data` are only their beginning. */
  truncated: boolean;
}

export interface SseBytesReader {
  /** Takes bytes of the stream, cut anywhere. */
  push(bytes: Uint8Array): void;
  /**
   * The stream ended. The standard drops an event that the end cuts.
   * @param missing bytes of the stream that were not pushed although its reader got them: the event goes on in them
   */
  end(missing: number): void;
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const LINE_END = Buffer.from('\n');
const NO_BYTES = Buffer.alloc(0);

/** Room for the name of a field. */
const FIELD_BYTES = 16;
const MAX_NAME_BYTES = 256;
/** Lines of data in one event: the messages of MCP have one. */
const MAX_DATA_LINES = 100_000;

/**
 * Reads an event stream as `createSseParser` does, for data whose exact bytes and sizes matter, or which may be too large to keep: of
 * these, the beginning is passed on. Time is linear in the length of the stream.
 * @param maxBytes of one event's data
 */
export function createSseBytesReader(onEvent: (event: SseBytes) => void, maxBytes: number): SseBytesReader {
  /** Of the current line: what is kept of it, and its whole length. */
  let room = NO_BYTES;
  let kept = 0;
  let lineSize = 0;
  let isFirstLine = true;
  let endsInCr = false;

  let name = '';
  let data: Buffer[] = [];
  let dataKept = 0;
  let size = 0;
  let lines = 0;

  function keep(bytes: Buffer): void {
    lineSize += bytes.length;
    const part = bytes.subarray(0, Math.max(0, maxBytes + FIELD_BYTES - kept));
    if (kept + part.length > room.length) {
      const more = Buffer.allocUnsafe(Math.max(kept + part.length, room.length * 2));
      room.copy(more, 0, 0, kept);
      room = more;
    }
    part.copy(room, kept);
    kept += part.length;
  }

  /** @param part the end of the line */
  function endLine(part: Buffer): void {
    let line = part;
    let whole = lineSize + part.length;
    if (lineSize > 0) {
      keep(part);
      line = room.subarray(0, kept);
      room = NO_BYTES;
      kept = 0;
      lineSize = 0;
    }
    if (isFirstLine && line.subarray(0, 3).equals(BYTE_ORDER_MARK)) {
      line = line.subarray(3);
      whole -= 3;
    }
    isFirstLine = false;
    if (whole === 0) dispatch();
    else readField(line, whole);
  }

  function readField(line: Buffer, whole: number): void {
    const colon = line.subarray(0, FIELD_BYTES).indexOf(COLON);
    // Longer names are of no field that we know.
    const field = line.toString('latin1', 0, colon === -1 ? Math.min(line.length, FIELD_BYTES) : colon);
    const start = colon === -1 ? line.length : colon + (line[colon + 1] === SPACE ? 2 : 1);
    if (field === 'event') name = line.toString('utf8', start, start + MAX_NAME_BYTES);
    if (field !== 'data') return;
    lines += 1;
    const isFirst = lines === 1;
    size += whole - start + (isFirst ? 0 : 1);
    if (dataKept >= maxBytes || lines > MAX_DATA_LINES) return;
    if (!isFirst) data.push(LINE_END);
    dataKept += isFirst ? 0 : 1;
    // A copy: the rest of the chunk would stay in memory with it.
    const value = Buffer.from(line.subarray(start, start + maxBytes - dataKept));
    data.push(value);
    dataKept += value.length;
  }

  function dispatch(missing = 0): void {
    const event = name || 'message';
    name = '';
    if (lines === 0) return;
    const bytes = data.length === 1 && data[0] ? data[0] : Buffer.concat(data);
    const whole = size + missing;
    onEvent({ event, data: bytes, size: whole, truncated: bytes.length < whole });
    data = [];
    dataKept = 0;
    size = 0;
    lines = 0;
  }

  return {
    push(bytes) {
      const chunk = asBuffer(bytes);
      let start = 0;
      if (endsInCr && chunk[0] === LF) start = 1;
      if (chunk.length > 0) endsInCr = chunk.at(-1) === CR;
      let lf = chunk.indexOf(LF, start);
      let cr = chunk.indexOf(CR, start);
      while (lf !== -1 || cr !== -1) {
        const end = lf === -1 ? cr : cr === -1 ? lf : Math.min(lf, cr);
        endLine(chunk.subarray(start, end));
        start = end + (chunk[end] === CR && chunk[end + 1] === LF ? 2 : 1);
        if (lf !== -1 && lf < start) lf = chunk.indexOf(LF, start);
        if (cr !== -1 && cr < start) cr = chunk.indexOf(CR, start);
      }
      keep(chunk.subarray(start));
    },
    end(missing) {
      if (missing === 0) return;
      if (lineSize > 0) endLine(NO_BYTES);
      dispatch(missing);
    },
  };
}
