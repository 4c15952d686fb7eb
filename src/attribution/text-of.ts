import { isRecord } from '../base/json.js';

/**
 * The text that a segment's offsets refer to: the string itself, else the value's JSON. A block's `cache_control` is left
 * out: the model does not read it, and since it moves from request to request, the same block would look changed.
 */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!isRecord(value) || !Object.hasOwn(value, 'cache_control')) return JSON.stringify(value) ?? '';
  const { cache_control: _, ...block } = value;
  return JSON.stringify(block);
}
