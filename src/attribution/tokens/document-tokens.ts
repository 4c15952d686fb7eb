import { isRecord, type JsonRecord, stringOr } from '../../base/json.js';
import { textOf } from '../text-of.js';
import { estimateTokens } from './estimate-tokens.js';

/**
 * A PDF page costs 1,500-3,000 tokens (Anthropic's PDF guide) and takes some 50 KB; pages cannot be counted without
 * reading the file, so its size must do.
 */
const PDF_BYTES_PER_TOKEN = 25;
const MIN_PDF_TOKENS = 1500;

/** Tokens of a `document` block: its text, or a rule for base64; the least for a file known by a URL or id only. */
export function documentTokens(block: JsonRecord): number {
  const source = isRecord(block.source) ? block.source : {};
  if (source.type === 'text') return estimateTokens(stringOr(source.data, ''));
  if (source.type === 'content') return estimateTokens(textOf(source.content));
  const bytes = (stringOr(source.data, '').length * 3) / 4;
  return Math.max(MIN_PDF_TOKENS, Math.ceil(bytes / PDF_BYTES_PER_TOKEN));
}
