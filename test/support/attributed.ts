import { type AttributionInput, attribute, EMPTY_CONTEXT } from '../../src/attribution/index.js';
import type { Attribution } from '../../src/model/segment.js';

/** Any moment: prices hang on it. */
export const SOME_TIME = Date.UTC(2026, 0, 15);

/** The attribution of a body alone: no bill, no price, no thread, unless given. */
export function attributed(body: unknown, given: Partial<AttributionInput> = {}): Attribution {
  const text = given.text ?? JSON.stringify(body) ?? '';
  const plain = { usage: null, model: null, at: SOME_TIME, thread: EMPTY_CONTEXT, solution: null, prices: {} };
  return attribute({ body, text, ...plain, ...given });
}
