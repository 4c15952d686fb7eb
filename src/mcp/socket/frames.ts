/**
 * The messages between a shim and the listener of a run: frames of one byte for the type, four for the length of the payload
 * (little endian), and the payload. A shim sends `hello` first. This file is part of the shim's bundle: it imports nothing.
 */

/** Both ends come from one installation, but an update may replace the shim's file while a run goes on. */
export const PROTOCOL_VERSION = 1;

/** A frame with more is a fault of the other end. Shims cut chunks of the server, which are at most 64 kB, never beyond. */
const MAX_PAYLOAD = 1024 * 1024;

export type Sender = 'client' | 'server';

export interface Hello {
  version: number;
  /** The shim has rules: it reads the frames of ruled-frames.ts. */
  hasRules?: boolean;
  /** The server is a replay. */
  synthetic?: boolean;
  /** A lower-case ULID, the same when the shim connects again. */
  connection: string;
  name: string;
  scope: string | null;
  /** The program's name. */
  target: string;
  /** Session of Claude Code. */
  sessionId: string | null;
  /** Unix ms of the start of the server. */
  at: number;
}

export interface Closing {
  /** `exit code 1`, `SIGTERM`, `could not be started: …` */
  exit: string;
  /** Messages that were seen and not sent. */
  lost: number;
  at: number;
}

export type Frame =
  | { type: 'hello'; hello: Hello }
  | { type: 'bytes'; sender: Sender; at: number; bytes: Uint8Array }
  /** Bytes of a line that is too long to be kept whole: they are counted, and not sent. */
  | { type: 'left_out'; sender: Sender; size: number }
  /** The rest of the current line was lost. The next bytes of this sender begin a line. */
  | { type: 'gap'; sender: Sender }
  | { type: 'closing'; closing: Closing }
  /** From the listener: how many line ends it has read on this socket. */
  | { type: 'read'; lines: number };

const TYPES = ['hello', 'client', 'server', 'left_out', 'gap', 'closing', 'read'] as const;
const HEAD = 5;

/** The frame as buffers: large bytes are not copied. */
export function encodeFrame(frame: Frame): Buffer[] {
  switch (frame.type) {
    case 'hello':
      return [withHead('hello', Buffer.from(JSON.stringify(frame.hello)))];
    case 'closing':
      return [withHead('closing', Buffer.from(JSON.stringify(frame.closing)))];
    case 'gap':
      return [withHead('gap', Buffer.from([senderCode(frame.sender)]))];
    case 'left_out': {
      const payload = Buffer.alloc(5);
      payload[0] = senderCode(frame.sender);
      payload.writeUInt32LE(frame.size, 1);
      return [withHead('left_out', payload)];
    }
    case 'read': {
      const payload = Buffer.alloc(8);
      payload.writeDoubleLE(frame.lines);
      return [withHead('read', payload)];
    }
    case 'bytes': {
      const { bytes } = frame;
      const head = Buffer.alloc(HEAD + 8);
      head[0] = TYPES.indexOf(frame.sender);
      head.writeUInt32LE(8 + bytes.length, 1);
      head.writeDoubleLE(frame.at, HEAD);
      return [head, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)];
    }
  }
}

function withHead(type: (typeof TYPES)[number], payload: Buffer): Buffer {
  return encodePayload(TYPES.indexOf(type), payload);
}

export function encodePayload(code: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD);
  head[0] = code;
  head.writeUInt32LE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

function senderCode(sender: Sender): number {
  return sender === 'client' ? 0 : 1;
}

/**
 * Takes chunks of a socket, cut anywhere, and calls back with each frame. `bytes` of a frame belong to the caller.
 * @param decode makes a frame of its code and payload
 * @returns to be called with each chunk
 * @throws Error for what is no frame
 */
export function createFrameReader<Read>(
  decode: (code: number, payload: Buffer) => Read,
  onFrame: (frame: Read) => void,
): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= HEAD) {
      const size = rest.readUInt32LE(1);
      if (size > MAX_PAYLOAD) throw new Error(`a frame of ${size} bytes`);
      if (rest.length < HEAD + size) return;
      const frame = decode(rest[0] ?? 0, rest.subarray(HEAD, HEAD + size));
      rest = rest.subarray(HEAD + size);
      onFrame(frame);
    }
  };
}

/** The number of line ends that the listener has read: its only message to a shim without rules. @throws Error for another frame */
export function decodeRead(code: number, payload: Buffer): number {
  if (TYPES[code] !== 'read') throw new Error(`a frame of the unknown type ${code}`);
  return payload.readDoubleLE();
}

/** @throws Error for an unknown code, or a payload that does not fit */
export function decodeFrame(code: number, payload: Buffer): Frame {
  const type = TYPES[code];
  switch (type) {
    case 'hello':
      return { type, hello: readHello(payload) };
    case 'client':
    case 'server':
      return { type: 'bytes', sender: type, at: payload.readDoubleLE(), bytes: payload.subarray(8) };
    case 'left_out':
      return { type, sender: senderOf(payload), size: payload.readUInt32LE(1) };
    case 'gap':
      return { type, sender: senderOf(payload) };
    case 'closing':
      return { type, closing: readClosing(payload) };
    case 'read':
      return { type, lines: decodeRead(code, payload) };
    default:
      throw new Error(`a frame of the unknown type ${code}`);
  }
}

function senderOf(payload: Buffer): Sender {
  return payload[0] === 0 ? 'client' : 'server';
}

function readHello(payload: Buffer): Hello {
  const fields = JSON.parse(payload.toString());
  const { version, hasRules, synthetic, connection, name, scope, target, sessionId, at } = fields;
  if (version !== PROTOCOL_VERSION) throw new Error(`version ${version} of the shim's protocol`);
  if (typeof connection !== 'string' || !/^[0-9a-z]{26}$/.test(connection))
    throw new Error('a connection without an id');
  return {
    version,
    ...(hasRules === true && { hasRules }),
    ...(synthetic === true && { synthetic }),
    connection,
    name: String(name),
    scope: textOrNull(scope),
    target: String(target),
    sessionId: textOrNull(sessionId),
    at: Number(at),
  };
}

function readClosing(payload: Buffer): Closing {
  const { exit, lost, at } = JSON.parse(payload.toString());
  return { exit: String(exit), lost: Number(lost), at: Number(at) };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
