/**
 * The messages between a shim with rules and the listener, besides the frames of every shim: one code for JSON, and one for the bytes
 * that follow a `ruled` frame.
 */
import { isRecord } from '../../base/json.js';
import type { PauseEvent, PauseId } from '../../model/paused-message.js';
import type { McpRuling, RuledLine } from '../../wire/index.js';
import type { FailureReport } from '../ruled/failure-reports.js';
import { decodeFrame, encodePayload, type Frame, type Sender } from './frames.js';
import { MAX_LINE_BYTES } from './line-assembler.js';

const JSON_CODE = 16;
const PART_CODE = 17;

/** Below the limit for the payload of a frame. */
const PART_BYTES = 512 * 1024;

/** A line that rules applied to. Its bytes, then those of the original, follow in parts. */
export interface RuledHead extends Omit<McpRuling, 'original'> {
  sender: Sender;
  at: number;
  size: number;
  /** Null without an original. */
  originalSize: number | null;
}

export type RuledFrame =
  | { type: 'ruled'; head: RuledHead }
  | { type: 'part'; bytes: Uint8Array }
  | PauseEvent
  /** The rules could not be applied to a message, which passed as it was. */
  | { type: 'rules_failed'; message: string }
  | { type: 'rule_failed'; failure: FailureReport }
  /** From the listener: the text of a rules file, which is valid. */
  | { type: 'rules'; text: string }
  /** From the listener: a paused message may pass. */
  | { type: 'resume'; id: PauseId };

export function encodeRuledFrame(frame: RuledFrame): Buffer[] {
  if (frame.type === 'part') return [encodePayload(PART_CODE, frame.bytes)];
  return [encodePayload(JSON_CODE, Buffer.from(JSON.stringify(frame)))];
}

/** All frames of a line that rules applied to. */
export function encodeRuledLine({ sender, at, bytes, ruled: { original, ...ruled } }: RuledLine): Buffer[] {
  const head: RuledHead = { ...ruled, sender, at, size: bytes.length, originalSize: original?.length ?? null };
  return [
    ...encodeRuledFrame({ type: 'ruled', head }),
    ...[bytes, original ?? Buffer.alloc(0)].flatMap((whole) => {
      const parts: Buffer[] = [];
      for (let start = 0; start < whole.length; start += PART_BYTES) {
        parts.push(encodePayload(PART_CODE, whole.subarray(start, start + PART_BYTES)));
      }
      return parts;
    }),
  ];
}

/** @throws Error for what is neither a frame of every shim nor of one with rules */
export function decodeRuledFrame(code: number, payload: Buffer): Frame | RuledFrame {
  if (code === PART_CODE) return { type: 'part', bytes: payload };
  if (code !== JSON_CODE) return decodeFrame(code, payload);
  const value: unknown = JSON.parse(payload.toString());
  // Both ends are ours, and of one version: see PROTOCOL_VERSION.
  if (isRecord(value) && typeof value.type === 'string' && TYPES.has(value.type)) return value as unknown as RuledFrame;
  throw new Error('a frame of rules that is not known');
}

const TYPES: ReadonlySet<string> = new Set<RuledFrame['type']>([
  'ruled',
  'paused',
  'released',
  'rules_failed',
  'rule_failed',
  'rules',
  'resume',
]);

/** Joins a `ruled` frame and the parts that follow it. */
export class RuledLineReader {
  readonly #onLine: (line: RuledLine) => void;
  #head: RuledHead | null = null;
  #parts: Uint8Array[] = [];
  #missing = 0;

  constructor(onLine: (line: RuledLine) => void) {
    this.#onLine = onLine;
  }

  /** @throws Error for more bytes than a line has */
  begin(head: RuledHead): void {
    const { size, originalSize } = head;
    if (!(size <= MAX_LINE_BYTES && (originalSize ?? 0) <= MAX_LINE_BYTES))
      throw new Error('a ruled line that is too long');
    this.#head = head;
    this.#parts = [];
    this.#missing = size + (originalSize ?? 0);
    this.#endIfWhole();
  }

  /** @throws Error for bytes of no line */
  add(bytes: Uint8Array): void {
    if (this.#head === null || bytes.length > this.#missing) throw new Error('bytes of no ruled line');
    this.#parts.push(bytes);
    this.#missing -= bytes.length;
    this.#endIfWhole();
  }

  #endIfWhole(): void {
    if (this.#head === null || this.#missing > 0) return;
    const { sender, at, size, originalSize, ...ruled } = this.#head;
    const whole = Buffer.concat(this.#parts);
    this.#head = null;
    this.#parts = [];
    const original = originalSize === null ? null : whole.subarray(size);
    const bytes = whole.subarray(0, size);
    this.#onLine({ sender, bytes, size, truncated: false, at, ruled: { ...ruled, original } });
  }
}
