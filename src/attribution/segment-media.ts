import { imageSize } from './image-size.js';
import { type JsonRecord, recordOf, stringOf } from './json.js';
import { blockPiece, type Owner, type Piece } from './piece.js';

/** https://docs.claude.com/en/docs/build-with-claude/vision: an image costs about width x height / 750 tokens. */
const PIXELS_PER_TOKEN = 750;
/** The API scales larger images down to this edge first (same page). */
const LONGEST_EDGE = 1568;
/** An image whose size cannot be read (a URL, a file id, a broken header): about 1,000 x 1,100 pixels. */
const UNREAD_IMAGE = 1500;
/** https://docs.claude.com/en/docs/build-with-claude/pdf-support: 1,500 to 3,000 tokens a page. */
const PDF_PAGE = 2250;

export function isMedia(type: string | null): boolean {
  return type === 'image' || type === 'document';
}

/** An image or document, weighed by rule: its base64 is no text. A document that is text counts as text. */
export function segmentMedia(path: string, role: string, block: JsonRecord, of: Owner): Piece {
  if (block.type === 'image') return blockPiece(path, role, block, { ...of, part: 'image' }, imageTokens(block));
  const weight = recordOf(block.source).type === 'base64' ? pdfTokens(block) : null;
  return blockPiece(path, role, block, { ...of, part: 'document' }, weight);
}

function imageTokens(block: JsonRecord): number {
  const data = stringOf(recordOf(block.source).data);
  const size = data === null ? null : imageSize(data);
  if (size === null) return UNREAD_IMAGE;
  const scale = Math.min(1, LONGEST_EDGE / Math.max(size.width, size.height));
  return Math.max(1, Math.ceil((size.width * size.height * scale * scale) / PIXELS_PER_TOKEN));
}

/** Pages that a PDF names in the clear; newer ones hide them in compressed streams, then one page per 75 KB. */
function pdfTokens(block: JsonRecord): number {
  const bytes = Buffer.from(stringOf(recordOf(block.source).data) ?? '', 'base64');
  const named = bytes.toString('latin1').match(/\/Type\s{0,4}\/Page\b/g)?.length ?? 0;
  return PDF_PAGE * (named > 0 ? named : Math.max(1, Math.ceil(bytes.length / 75_000)));
}
