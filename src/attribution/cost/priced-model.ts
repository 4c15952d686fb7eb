import { isObject } from '../json.js';

/**
 * The model whose price holds for a request; null when none does. Another `speed` than the standard one (fast mode) is billed
 * at a multiple that the price table does not know: better no number than a wrong one.
 */
export function pricedModel(model: string | null, body: unknown): string | null {
  const speed = isObject(body) ? body.speed : undefined;
  return speed === undefined || speed === null || speed === 'standard' ? model : null;
}
