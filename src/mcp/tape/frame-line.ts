import { isUtf8 } from 'node:buffer';
import { asBuffer } from '../../base/as-buffer.js';
import { isRecord, type JsonRecord, parseRecord } from '../../base/json.js';
import { isNestedDeeper, isTooComplex } from '../../base/json-limits.js';
import { TAPE_FLAGS, type TapeFrame, type TapeHttp } from '../../model/tape.js';
import { escapeLine } from './escape-line.js';
import { MAX_NESTING } from './limits.js';
import type { TapeLine } from './lines.js';
import { TapeError } from './tape-error.js';

const HTTP_TEXTS = ['method', 'url'] as const;

/** `message` only if serializing it gives these very bytes; else `text`, or `base64` for bytes that are not UTF-8. */
export function frameLine(frame: TapeFrame): string {
  const { seq, at, dir, bytes, http } = frame;
  const place = JSON.stringify({ seq, at, dir }).slice(0, -1);
  const rest: [string, unknown][] = http === undefined ? [] : [['http', http]];
  for (const flag of TAPE_FLAGS) if (frame[flag]) rest.push([flag, true]);
  const flags = rest.map(([name, value]) => `,"${name}":${JSON.stringify(value)}`).join('');
  return escapeLine(`${place},${contentOf(bytes)}${flags}}`);
}

function contentOf(bytes: Uint8Array): string {
  const buffer = asBuffer(bytes);
  if (!isUtf8(buffer)) return `"base64":"${buffer.toString('base64')}"`;
  const text = buffer.toString();
  return isSerialized(text) ? `"message":${text}` : `"text":${JSON.stringify(text)}`;
}

function isSerialized(text: string): boolean {
  if (isTooComplex(text) || isNestedDeeper(text, MAX_NESTING)) return false;
  try {
    return JSON.stringify(JSON.parse(text)) === text;
  } catch {
    return false;
  }
}

/** @param before the frame before this one @throws TapeError */
export function readFrame(value: JsonRecord, line: TapeLine, before: TapeFrame | null): TapeFrame {
  const bad = (problem: string): TapeError => new TapeError('frame', line, problem);
  const { seq, at, dir } = value;
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0) {
    throw bad('"seq" of the frame must be a whole number of at least 0');
  }
  if (before !== null && seq <= before.seq) throw bad(`"seq" is ${seq} after ${before.seq}: it must increase`);
  if (typeof at !== 'number' || !Number.isFinite(at) || at < 0) {
    throw bad('"at" of the frame must be a number of milliseconds of at least 0');
  }
  if (before !== null && at < before.at) throw bad(`"at" is ${at} after ${before.at}: it must not decrease`);
  if (dir !== 'c' && dir !== 's') throw bad('"dir" of the frame must be "c" (client) or "s" (server)');
  const frame: TapeFrame = { seq, at, dir, bytes: readContent(value, bad) };
  if (value.http !== undefined) frame.http = readHttp(value.http, bad);
  for (const flag of TAPE_FLAGS) if (value[flag] === true) frame[flag] = true;
  return frame;
}

/** The frame of a line that was checked before; null if the line has changed since. */
export function parseFrameLine(bytes: Uint8Array): TapeFrame | null {
  const value = parseRecord(Buffer.from(bytes).toString());
  const place = { file: '', line: 0, byte: 0, bytes: Buffer.alloc(0), raw: Buffer.alloc(0), isWhole: true };
  try {
    return value && readFrame(value, place, null);
  } catch (error) {
    if (error instanceof TapeError) return null;
    throw error;
  }
}

function readContent(value: JsonRecord, bad: (problem: string) => TapeError): Uint8Array {
  const given = (['message', 'text', 'base64'] as const).filter((name) => Object.hasOwn(value, name));
  if (given.length !== 1) throw bad('the frame must have one of "message", "text" and "base64"');
  const { message, text, base64 } = value;
  if (given[0] === 'message') {
    const json = serialized(message);
    if (json !== null && !isNestedDeeper(json, MAX_NESTING)) return Buffer.from(json);
    throw bad('"message" of the frame is nested too deep: use "text"');
  }
  if (given[0] === 'text') {
    if (typeof text !== 'string') throw bad('"text" of the frame must be a text');
    if (/\p{Surrogate}/u.test(text)) throw bad('"text" of the frame has half of a character: use "base64"');
    return Buffer.from(text);
  }
  if (typeof base64 !== 'string') throw bad('"base64" of the frame must be a text');
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) throw bad('"base64" of the frame is not valid base64');
  return bytes;
}

/** Null if it is nested deeper than this version of Node can follow. */
function serialized(value: unknown): string | null {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
}

function readHttp(value: unknown, bad: (problem: string) => TapeError): TapeHttp {
  if (!isRecord(value) || typeof value.exchange !== 'string') {
    throw bad('"http" of the frame must be an object with a text "exchange"');
  }
  const http: TapeHttp = { exchange: value.exchange };
  for (const name of HTTP_TEXTS) {
    const text = value[name];
    if (typeof text === 'string') http[name] = text;
  }
  if (typeof value.status === 'number') http.status = value.status;
  return http;
}
