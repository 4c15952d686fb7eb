import { isRecord } from '../base/json.js';

/**
 * The text a segment's offsets count in: the string itself, else the value's JSON. A block's `cache_control` is left out:
 * the model does not read it, and as it moves along from request to request it would make the same block look changed.
 */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!isRecord(value) || !Object.hasOwn(value, 'cache_control')) return JSON.stringify(value) ?? '';
  const { cache_control: _, ...block } = value;
  return JSON.stringify(block);
}
