import { isRecord, type JsonRecord, stringOr } from '../../base/json.js';
import { textOf } from '../text-of.js';
import { estimateTokens } from './estimate-tokens.js';

/** Images cost about width x height / 750 tokens (Anthropic's vision guide). */
const PIXELS_PER_TOKEN = 750;
/** Larger images are scaled down by the API: to 1568 pixels on the long edge and to about 1,600 tokens. */
const MAX_EDGE = 1568;
const MAX_IMAGE_TOKENS = 1600;
/** For an image whose size cannot be read (a URL, a file id, an unknown format): the maximum. */
const DEFAULT_IMAGE_TOKENS = MAX_IMAGE_TOKENS;
/** Base64 characters read for the header; JPEG may carry metadata before its size. */
const HEADER_CHARACTERS = 256 * 1024;

interface Size {
  width: number;
  height: number;
}

/** Tokens of an `image` block by the size in its PNG, JPEG, GIF or WebP header. */
export function imageTokens(block: Readonly<Record<string, unknown>>): number {
  const source = isRecord(block.source) ? block.source : {};
  const data = stringOr(source.data, '').slice(0, HEADER_CHARACTERS);
  const size = imageSize(Buffer.from(data, 'base64'));
  if (size === null || size.width === 0 || size.height === 0) return DEFAULT_IMAGE_TOKENS;
  const scale = Math.min(1, MAX_EDGE / Math.max(size.width, size.height));
  const tokens = Math.ceil((size.width * scale * size.height * scale) / PIXELS_PER_TOKEN);
  return Math.max(1, Math.min(MAX_IMAGE_TOKENS, tokens));
}

/** Null when the header is of another format, or incomplete. */
export function imageSize(bytes: Buffer): Size | null {
  return pngSize(bytes) ?? gifSize(bytes) ?? webpSize(bytes) ?? jpegSize(bytes);
}

function pngSize(bytes: Buffer): Size | null {
  if (bytes.length < 24 || bytes.toString('latin1', 1, 4) !== 'PNG') return null;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

function gifSize(bytes: Buffer): Size | null {
  if (bytes.length < 10 || bytes.toString('latin1', 0, 4) !== 'GIF8') return null;
  return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
}

function webpSize(bytes: Buffer): Size | null {
  if (bytes.length < 30 || bytes.toString('latin1', 8, 12) !== 'WEBP') return null;
  const kind = bytes.toString('latin1', 12, 16);
  if (kind === 'VP8 ') return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
  if (kind === 'VP8X') return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
  if (kind !== 'VP8L') return null;
  const bits = bytes.readUInt32LE(21);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

/** Walks the segments to the start of frame (0xC0-0xCF except three that are not frames). */
function jpegSize(bytes: Buffer): Size | null {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return null;
  let at = 2;
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    at += marker === 0xff ? 1 : 2 + bytes.readUInt16BE(at + 2);
  }
  return null;
}

/**
 * A PDF page costs 1,500-3,000 tokens (Anthropic's PDF guide) and takes about 50 KB. Counting pages would mean reading the
 * file, so its size is used.
 */
const PDF_BYTES_PER_TOKEN = 25;
const MIN_PDF_TOKENS = 1500;

/** Tokens of a `document` block: of its text, or by the size of its base64; the minimum for a URL or a file id. */
export function documentTokens(block: JsonRecord): number {
  const source = isRecord(block.source) ? block.source : {};
  if (source.type === 'text') return estimateTokens(stringOr(source.data, ''));
  if (source.type === 'content') return estimateTokens(textOf(source.content));
  const bytes = (stringOr(source.data, '').length * 3) / 4;
  return Math.max(MIN_PDF_TOKENS, Math.ceil(bytes / PDF_BYTES_PER_TOKEN));
}
