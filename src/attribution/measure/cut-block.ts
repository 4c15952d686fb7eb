import { isRecord, type JsonRecord } from '../../base/json.js';

/**
 * The beginning of a block, up to the end of one of its pieces.
 *
 * @param inside path of the piece's string inside the block, such as `/text`, `/content/0/text`; empty for the whole block
 * @param end UTF-16 offset in that string
 * @returns null if the block cannot be cut there
 */
export function cutBlock(block: JsonRecord, inside: string, end: number): JsonRecord | null {
  if (inside === '') return block;
  const [field = '', index, last] = inside.split('/').slice(1);
  const value = block[field];
  if (index === undefined) {
    if (field !== 'text' && field !== 'content' && field !== 'description') return null;
    return typeof value === 'string' ? { ...block, [field]: beginning(value, end) } : null;
  }
  if (field !== 'content' || !Array.isArray(value)) return null;
  const parts: unknown[] = value.slice(0, Number(index));
  const part: unknown = value[Number(index)];
  if (!isRecord(part)) return null;
  const cut = cutBlock(part, last === undefined ? '' : `/${last}`, end);
  return cut === null ? null : { ...block, content: [...parts, cut] };
}

/** Never half of a surrogate pair, which JSON in UTF-8 cannot hold. */
function beginning(text: string, end: number): string {
  const code = text.charCodeAt(end - 1);
  return text.slice(0, end < text.length && code >= 0xd800 && code < 0xdc00 ? end - 1 : end);
}
