import type { Readable } from 'node:stream';
import type { McpSender } from '../../model/mcp.js';
import { joinBatch } from '../../rules/index.js';
import type { LineWriter } from '../line-writer.js';
import { batchOf } from '../ruled/batch-of.js';
import type { Outlet } from '../ruled/lane.js';
import type { RuledConnection } from '../ruled/ruled-connection.js';
import { LineReader } from './line-reader.js';

export interface RuledRelayOptions {
  sender: McpSender;
  from: Readable;
  /** To the receiver. */
  to: LineWriter;
  /** To the sender, for answers that rules make. */
  back: LineWriter;
  connection: RuledConnection;
  /** Bytes that pass as they came. */
  observe(bytes: Buffer): void;
  /** A rule ends the connection. */
  close(): void;
}

export interface RuledRelay {
  /** There may be room for more. */
  resume(): void;
  /** Writes what is to pass. */
  flush(): void;
}

const CARRIAGE_RETURN = 0x0d;
const LINE_END = Buffer.from('\n');

/**
 * Copies lines from one stream to another, as rules decide on each. All that no rule applies to passes as the bytes it came in, and
 * so does a line that is too long to be decided on, and one without an end. The end of the stream waits for what is delayed.
 */
export function relayRuled(options: RuledRelayOptions): RuledRelay {
  const { sender, from, to, back, connection, observe, close } = options;

  /** Lines of one chunk that pass as they came are written together. */
  let passing: Buffer[] = [];

  function flush(): void {
    if (passing.length === 0) return;
    const bytes = passing.length === 1 ? (passing[0] ?? LINE_END) : Buffer.concat(passing);
    passing = [];
    to.write(bytes);
    observe(bytes);
  }

  const reader = new LineReader({
    onLine(line) {
      const { message, end } = withoutEnd(line);
      const parts = batchOf(message);
      const isTaken = parts === null ? connection.take(sender, message, outletOf(message, end)) : takeBatch(parts, end);
      if (!isTaken) passing.push(line);
    },
    onPart(part, isEnd) {
      flush();
      to.writePart(part, isEnd);
      observe(part);
    },
  });

  function outletOf(message: Buffer, end: Buffer): Outlet {
    return {
      pass(changed, bytesPerSecond) {
        flush();
        to.write(Buffer.concat([changed ?? message, end]), bytesPerSecond);
      },
      answer: (bytes) => back.write(Buffer.concat([bytes, LINE_END])),
      drop() {},
      close,
    };
  }

  /** Its messages are decided on one by one. Those that pass at once stay together, the others are lines of their own. */
  function takeBatch(parts: readonly Buffer[], end: Buffer): boolean {
    let together: Buffer[] | null = [];
    const unruled: Buffer[] = [];
    for (const part of parts) {
      const alone = outletOf(part, end);
      const isTaken = connection.take(sender, part, {
        ...alone,
        pass(changed, bytesPerSecond) {
          if (together === null || bytesPerSecond !== null) alone.pass(changed, bytesPerSecond);
          else together.push(changed ?? part);
        },
      });
      if (isTaken) continue;
      together.push(part);
      unruled.push(part);
    }
    const passed = joinBatch(together);
    together = null;
    if (unruled.length === parts.length) return false;
    flush();
    if (passed !== null) to.write(Buffer.concat([passed, end]));
    const seen = joinBatch(unruled);
    if (seen !== null) observe(Buffer.concat([seen, LINE_END]));
    return true;
  }

  // The parts of a long line have no answer, and lines that wait for its end must not keep it from coming.
  const hasRoomBack = () => reader.isInLongLine || back.hasRoom;
  const isStopped = () => !to.hasRoomForParts || !hasRoomBack() || connection.isFull(sender);
  from.on('data', (chunk: Buffer) => {
    reader.push(chunk);
    flush();
    if (isStopped()) from.pause();
  });
  const end = () => {
    reader.end();
    connection.end(sender, () => to.end());
  };
  from.on('end', end);
  from.on('error', end);
  return {
    flush,
    resume() {
      if (!isStopped()) from.resume();
    },
  };
}

function withoutEnd(line: Buffer): { message: Buffer; end: Buffer } {
  const length = line.at(-2) === CARRIAGE_RETURN ? 2 : 1;
  return { message: line.subarray(0, -length), end: line.subarray(-length) };
}
